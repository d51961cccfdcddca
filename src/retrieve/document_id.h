// Ids for documents that come without one.
#pragma once

#include <span>
#include <string>

#include "ingest/document.h"
#include "store/fields.h"

namespace rappel {

// A UUID derived from text and metadata (SHA-256, shaped like version 4): the same document sent again
// replaces itself instead of becoming a second copy. A field that came after the first format counts as
// custom metadata of its name: the id of a document is the same before and after a key became a field.
std::string derived_id(const DocumentInput& document,
                       std::span<const DocumentField> fields = document_fields());

}  // namespace rappel
