// Documents: the body of an upsert, {"documents":[..]}, as inputs of the core.
#pragma once

#include <cstddef>
#include <vector>

#include "ingest/document.h"
#include "server/input/validation.h"

namespace rappel {

// Adds what is wrong to `errors`; the result is valid only if they stay empty.
std::vector<DocumentInput> read_upsert_request(const JsonValue& body, std::size_t max_documents,
                                               FieldErrors& errors);

// Bytes of that result besides its texts and metadata, as far as the body announces it: a copy that exists
// beside the body for a moment.
std::size_t memory_of_documents(const JsonValue& body, std::size_t max_documents);

}  // namespace rappel
