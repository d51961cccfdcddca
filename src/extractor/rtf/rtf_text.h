// The text of RTF as it comes: bytes in the encoding of the current font, UTF-16 units and characters.
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor {

class RtfText {
 public:
  void add_bytes(std::string_view bytes, const std::string& encoding);
  void add_unit(long value);  // of \u; halves of a pair come one after the other
  void add_utf8(std::string_view text);

  // All of it so far; starts again.
  std::string take();
  bool empty() const { return text_.empty() && bytes_.empty() && high_ == 0; }

 private:
  void settle();  // bytes, which may be a part of a character, become text
  void drop_half();

  std::string text_, bytes_, encoding_;
  char32_t high_ = 0;
};

}  // namespace rappel::extractor
