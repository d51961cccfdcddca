// Filters as people write them on the command line.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "store/filter.h"

namespace rappel {

// A removal takes no null, which counts as absent elsewhere and would widen it.
enum class FilterUse { kSearch, kRemoval };

// Each text is one of these, and all conditions must hold; no text: everything.
//   key=value        a custom key takes what the value looks like: a number or boolean, and the text as well
//   {"key": ..}      a JSON object as in store/filter_json.h, after white space if need be; no key twice
//   @path            a file of at most 1 MiB that holds such an object
// kInvalidArgument names the text and the key, and says what to write instead.
Result<Filter> parse_filter(std::span<const std::string> texts, FilterUse use = FilterUse::kSearch);

}  // namespace rappel
