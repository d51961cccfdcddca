// Decimal numbers in settings: "0.25", "-3", ".5", "1e-3". The locale of the process does not matter. Hex,
// infinity and NaN are no numbers here, and neither is a number that a double cannot hold.
#pragma once

#include <optional>
#include <string_view>

namespace rappel {

// Removes the number at the beginning of `text` and returns it; nothing, and `text` stays, if there is none.
std::optional<double> take_number(std::string_view& text);

// Nothing if `text` holds more than a number; white space around it does not count.
std::optional<double> parse_number(std::string_view text);

}  // namespace rappel
