// Text of others in the log and on terminals: what could move the cursor, end the line or hide text is
// escaped, so that nobody forges lines or commands the terminal.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// Control characters, invisible formatting characters and bytes that are not UTF-8 become \n, \t, \x1b or
// \u{202e}. `kept`: ASCII control characters that stay ("\n" for texts of several lines).
std::string escape_controls(std::string_view text, std::string_view kept = {});

}  // namespace rappel
