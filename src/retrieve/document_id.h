// Ids for documents that come without one.
#pragma once

#include <string>

#include "ingest/document.h"

namespace rappel {

// A UUID derived from text and metadata (SHA-256, shaped like version 4): the same document sent again
// replaces itself instead of becoming a second copy.
std::string derived_id(const DocumentInput& document);

}  // namespace rappel
