// Filters as people write them on the command line.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "store/filter.h"

namespace rappel {

// Each text is key=value or a JSON object as in store/filter_json.h; all conditions must hold. In key=value,
// a custom key takes what the value looks like: a number or boolean, and the text as well. No text:
// everything. kInvalidArgument names the key.
Result<Filter> parse_filter(std::span<const std::string> texts);

}  // namespace rappel
