// Base64 of RFC 4648, section 4: the standard alphabet, padded.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// Appends the base64 of the bytes.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace rappel
