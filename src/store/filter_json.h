// Filters as JSON: the object that clients and the command line write.
//
//   {"author": "Al", "department": ["sales", "support"], "pages": {"gte": 3, "lt": 10}, "start_date":
//   "2024-01-01"}
//
// All members must hold. A plain value means equality, a list means any of, an object holds operators: eq,
// ne, gt, gte, lt, lte, in, exists (each also with a leading $). start_date and end_date bound created_at,
// inclusively.
#pragma once

#include <string_view>

#include "base/status.h"
#include "codec/json.h"
#include "store/filter.h"

namespace rappel {

// One member. kInvalidArgument names the key and what is expected: an unknown operator, a value of the wrong
// type.
Result<Filter> read_condition(std::string_view key, const Json& value);

// The whole object. Members that are null are not given, unless the key is a custom one, where null is an
// error.
Result<Filter> read_filter(const Json& object);

}  // namespace rappel
