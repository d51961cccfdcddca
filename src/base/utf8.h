// UTF-8: decode valid text, validate and repair untrusted text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

// Bytes of the character that starts with `lead`, in valid UTF-8.
inline std::size_t utf8_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// The character at `at` of valid UTF-8; sets `length` to its length in bytes.
inline char32_t utf8_decode(std::string_view text, std::size_t at, std::size_t& length) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data()) + at;
  length = utf8_length(static_cast<char>(p[0]));
  switch (length) {
    case 1: return p[0];
    case 2: return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3: return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    default: return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
  }
}

// The character must not be a surrogate.
void utf8_append(std::string& out, char32_t c);

// Length in bytes of the well-formed character at text[at] (no overlong form, no surrogate, at most
// U+10FFFF); 0 if none.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Length of the longest valid prefix: text.size() if the whole text is UTF-8.
std::size_t utf8_valid_prefix(std::string_view text);
inline bool utf8_valid(std::string_view text) { return utf8_valid_prefix(text) == text.size(); }

// Code points in valid UTF-8.
std::size_t utf8_count(std::string_view text);

// Text with U+FFFD for each maximal part of an ill-formed sequence, like Python's errors="replace".
// origin[i] is the byte of the original text where byte i of `text` comes from; origin[text.size()] is its
// end. Only the values at character boundaries are meaningful.
struct RepairedText {
  std::string text;
  std::vector<std::uint32_t> origin;
};
RepairedText utf8_repair(std::string_view text);

}  // namespace rappel
