#include "extractor/rtf/rtf_text.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "extractor/plain/convert.h"

namespace rappel::extractor {

void RtfText::add_bytes(std::string_view bytes, const std::string& encoding) {
  drop_half();
  if (encoding != encoding_) {
    settle();
    encoding_ = encoding;
  }
  bytes_ += bytes;
}

void RtfText::add_unit(long value) {
  settle();
  const auto unit = static_cast<char32_t>(value & 0xFFFF);
  if (unit >= 0xD800 && unit < 0xDC00) {
    drop_half();
    high_ = unit;
  } else if (unit >= 0xDC00 && unit < 0xE000) {
    if (high_ != 0) utf8_append(text_, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
    high_ = 0;
  } else {
    drop_half();
    // Symbol fonts lie in the private area; of their signs only the bullet is text.
    if (unit == 0xF0B7) utf8_append(text_, 0x2022);
    if (unit > 0 && (unit < 0xF000 || unit > 0xF0FF)) utf8_append(text_, unit);
  }
}

void RtfText::add_utf8(std::string_view text) {
  drop_half();
  settle();
  text_ += text;
}

std::string RtfText::take() {
  drop_half();
  settle();
  return std::exchange(text_, {});
}

void RtfText::drop_half() {
  if (std::exchange(high_, 0) != 0) text_ += "\xEF\xBF\xBD";
}

void RtfText::settle() {
  if (bytes_.empty()) return;
  const bool ascii =
      std::all_of(bytes_.begin(), bytes_.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    text_ += bytes_;
  } else {
    auto converted = convert_to_utf8(bytes_, encoding_);
    if (!converted) converted = convert_to_utf8(bytes_, "windows-1252");
    if (converted) text_ += converted->text;
  }
  bytes_.clear();
}

}  // namespace rappel::extractor
