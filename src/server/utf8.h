// UTF-8 at the door: what is not valid never reaches the core, and never leaves in an answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rappel {

// Length in bytes of the well-formed sequence at text[at] (no overlong form, no surrogate, at most U+10FFFF); 0 if none.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

bool valid_utf8(std::string_view text);

// The same text with each byte that belongs to no sequence replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

// Appends the code point, which must not be a surrogate.
void append_utf8(std::string& out, char32_t code_point);

// Code points in valid UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace rappel
