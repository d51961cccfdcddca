#include "text/words/word_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"
#include "text/words/icu_normal.h"
#include "text/words/word_class.h"

namespace rappel {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

// Leaves out what is not visible, and marks after the thirtieth in a row. `text` is valid UTF-8.
void remove_invisible(std::string_view text, std::string& out) {
  const WordClasses& classes = WordClasses::get();
  out.clear();
  int combining = 0;
  std::size_t kept = 0;  // everything before it is in `out` or left out
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    const char32_t c = utf8_decode(text, at, length);
    combining = classes.is_combining(c) ? combining + 1 : classes.is_invisible(c) ? combining : 0;
    if (!classes.is_invisible(c) && combining <= kMostCombining) continue;
    out.append(text, kept, at - kept);
    kept = at + length;
  }
  out.append(text, kept);
}

}  // namespace

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t at = 0;
  for (std::uint64_t lane; at + sizeof(lane) <= text.size(); at += sizeof(lane)) {
    std::memcpy(&lane, text.data() + at, sizeof(lane));
    if (lane & kHighBits) return false;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view WordText::prepare(std::string_view text) {
  text = text.substr(0, kMostBytes);
  if (is_ascii(text)) return text;
  if (utf8_valid(text))
    remove_invisible(text, clean_);
  else
    remove_invisible(utf8_repair(text).text, clean_);
  normalize(NormalForm::kNfkc, clean_, normal_);
  return normal_;
}

}  // namespace rappel
