// Keys of JSON texts, for callers that must not lose one: of equal keys, parse_json() keeps the last.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rappel {

// A key that one object of the text has twice. Nothing if there is none, or the text is malformed before it.
std::optional<std::string> repeated_key(std::string_view text);

}  // namespace rappel
