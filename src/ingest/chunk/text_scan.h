// Characters of valid UTF-8 text by their bytes.
#pragma once

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rappel {

// The character at byte `at`, which moves after it.
inline UChar32 code_point_at(std::string_view text, std::size_t& at) {
  UChar32 c;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text.data()), at, text.size(), c);
  return c;
}

// The first byte in [from, to) that is not of white space, else `to`.
inline std::size_t first_visible(std::string_view text, std::size_t from, std::size_t to) {
  while (from < to) {
    std::size_t next = from;
    if (!u_isUWhiteSpace(code_point_at(text, next))) break;
    from = next;
  }
  return from;
}

// The end of the last visible character in [from, to), else `from`.
inline std::size_t last_visible(std::string_view text, std::size_t from, std::size_t to) {
  while (to > from) {
    std::size_t before = to - 1;
    while (before > from && (static_cast<unsigned char>(text[before]) & 0xC0) == 0x80) --before;
    std::size_t next = before;
    if (!u_isUWhiteSpace(code_point_at(text, next))) break;
    to = before;
  }
  return to;
}

// Byte positions in a text turned into code point positions; asked in ascending order each is read once.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  std::uint32_t index_of(std::size_t byte) {
    if (byte < byte_) byte_ = 0, index_ = 0;
    for (; byte_ < byte; ++byte_) index_ += (static_cast<unsigned char>(text_[byte_]) & 0xC0) != 0x80;
    return index_;
  }

 private:
  std::string_view text_;
  std::size_t byte_ = 0;
  std::uint32_t index_ = 0;
};

}  // namespace rappel
