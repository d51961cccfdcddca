// Words of a document, to decide whether a hyphen at the end of a line belongs to the word.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>

namespace rappel::extractor::page {

class Words {
 public:
  // A line as it is printed.
  void note(const std::u32string& line);
  // "exam-" and "ple": true if they are one word without hyphen.
  // Whether lines keep the blank after their last word, so that one without is broken inside a word.
  bool keeps_blanks() const { return blank_ * 2 > lines_; }
  bool joins(const std::u32string& left, const std::u32string& right) const;

 private:
  std::unordered_set<std::u32string> plain_, hyphenated_;  // lower case
  std::size_t lines_ = 0, broken_ = 0, blank_ = 0;
};

// Appends a line to the text before it: with a blank, without one (scripts without blanks, addresses), or to
// the first half of a broken word.
void append_line(std::u32string& text, const std::u32string& line, const Words& words);

}  // namespace rappel::extractor::page
