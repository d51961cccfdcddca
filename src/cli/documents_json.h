// Documents as JSON: how query and list print them, and how ingest reads them.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "codec/json.h"
#include "store/types.h"

namespace rappel {

// All members, null where a field is not set; document_id last when given.
Json metadata_json(const Metadata& metadata, const std::string* document_id = nullptr);

// source, source_id, url, created_at, author of an object; members that are missing or null are left unset,
// numbers are taken as text, others are ignored. kInvalidArgument names the member: wrong type, unknown
// source, unreadable date.
Result<Metadata> read_metadata(const Json& object);

// A member as text (a number as its digits), unset when missing or null.
Result<std::optional<std::string>> optional_text(const Json& object, const char* key);

}  // namespace rappel
