// Strings of JSON (RFC 8259).
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// Appends the text in quotes, with its escapes. Bytes that are not UTF-8 become U+FFFD, so the result is
// always valid.
void append_json_string(std::string& out, std::string_view text);

}  // namespace rappel
