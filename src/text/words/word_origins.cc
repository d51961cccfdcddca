#include "text/words/word_origins.h"

#include "base/utf8.h"
#include "text/words/icu_normal.h"
#include "text/words/word_class.h"
#include "text/words/word_text.h"

namespace rappel {

std::string_view WordOrigins::prepare(std::string_view text) {
  begins_.clear();
  ends_.clear();
  if (is_ascii(text)) return text;
  normal_.clear();
  part_.clear();
  const WordClasses& classes = WordClasses::get();
  std::size_t begin = 0, end = 0, index = 0;  // of the part and of the character, in code points
  int combining = 0;
  for (std::size_t at = 0, length; at < text.size(); at += length, ++index) {
    const char32_t c = utf8_decode(text, at, length);
    if (classes.is_invisible(c)) continue;
    combining = classes.is_combining(c) ? combining + 1 : 0;
    if (combining > kMostCombining) continue;
    if (begins_part(c)) {
      add_part(begin, end);
      begin = index;
    }
    part_.append(text, at, length);
    end = index + 1;
  }
  add_part(begin, end);
  return normal_;
}

void WordOrigins::add_part(std::size_t begin, std::size_t end) {
  if (part_.size() == 1)
    normal_part_ = part_;
  else
    normalize(NormalForm::kNfkc, part_, normal_part_);
  normal_ += normal_part_;
  begins_.resize(normal_.size(), static_cast<std::uint32_t>(begin));
  ends_.resize(normal_.size(), static_cast<std::uint32_t>(end));
  part_.clear();
}

}  // namespace rappel
