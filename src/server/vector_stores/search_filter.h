// The filters of POST /v1/vector_stores/{id}/search:
//   {"type":"eq"|"ne"|"gt"|"gte"|"lt"|"lte"|"in"|"nin","key":"lang","value":"en"}
//   {"type":"and"|"or","filters":[..]}
#pragma once

#include <variant>

#include "server/input/lenient_object.h"
#include "store/filter.h"

namespace rappel {

// Within the bounds of check_filter().
std::variant<Filter, InputFault> read_search_filter(const JsonValue& value);

}  // namespace rappel
