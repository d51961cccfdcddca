// The parts of one segment (word_scanner.h), found while its characters come in.
#pragma once

#include <cstddef>

#include "text/words/word_class.h"

namespace rappel {

// `emit(begin, end)` receives each part.
template <typename Emit>
class SegmentParts {
 public:
  // `version`: the segment begins with a "v", which belongs to the number after it.
  SegmentParts(std::size_t begin, bool version, Emit emit) : begin_(begin), version_(version), emit_(emit) {}

  // The letter or digit at `at`.
  void add(std::size_t at, WordClass here) {
    if (is_border(here)) cut(at, characters_);
    if (here == WordClass::kUpper) {
      uppers_ = before_ == WordClass::kUpper ? uppers_ + 1 : 1;
      last_upper_ = at;
      before_last_upper_ = characters_;
    } else if (here != WordClass::kLower) {
      uppers_ = 0;
    }
    lowers_ = here == WordClass::kLower ? lowers_ + 1 : 0;
    ++characters_;
    before_ = here;
    if (lowers_ == 2 && uppers_ > 1) cut(last_upper_, before_last_upper_);
  }

  // Returns the number of parts.
  std::size_t finish(std::size_t end) {
    emit_(begin_, end);
    return ++count_;
  }

  // Whether the segment so far is one letter.
  bool is_one_letter() const { return count_ == 0 && characters_ == 1 && is_letter(before_); }

 private:
  bool is_border(WordClass here) const {
    if (before_ == WordClass::kLower && here == WordClass::kUpper) return true;
    if (before_ == WordClass::kOther || is_letter(before_) == is_letter(here)) return false;
    return !(version_ && is_one_letter());
  }

  // Ends the part, which has that many characters, at `at`.
  void cut(std::size_t at, std::size_t characters) {
    emit_(begin_, at);
    ++count_;
    begin_ = at;
    characters_ -= characters;
    uppers_ = 0;
  }

  std::size_t begin_;  // of the part
  const bool version_;
  Emit emit_;
  WordClass before_ = WordClass::kOther;
  std::size_t characters_ = 0;                          // of the part
  std::size_t uppers_ = 0;                              // in a row, not counting lower letters after them
  std::size_t lowers_ = 0;                              // in a row
  std::size_t last_upper_ = 0, before_last_upper_ = 0;  // where it is, and characters of the part before it
  std::size_t count_ = 0;
};

}  // namespace rappel
