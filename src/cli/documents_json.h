// Documents as JSON, as query and list print them.
#pragma once

#include <string>

#include "codec/json.h"
#include "store/types.h"

namespace rappel {

// All members, null for fields that are not set; document_id last if given.
Json metadata_json(const Metadata& metadata, const std::string* document_id = nullptr);

}  // namespace rappel
