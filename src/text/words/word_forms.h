// From a word as it is written to the form that is indexed: folded to lower case, stemmed, without marks.
#pragma once

#include <string>
#include <string_view>

#include "text/words/language.h"
#include "text/words/stemmer.h"

namespace rappel {

constexpr std::size_t kLongestWord = 64;  // bytes, folded
// Bytes of a word as it is written that are read: enough for 64 folded ones with two marks on each letter.
constexpr std::size_t kLongestSpelling = 256;

// The start of valid UTF-8 that has at most `bytes`, without a torn character.
std::string_view utf8_start(std::string_view text, std::size_t bytes);

class WordForms {
 public:
  // `word`: from a WordText, not empty, at most kLongestSpelling. Sets `form`, which is empty if nothing
  // visible is left, and `unmarked`: the form of the same Latin word written without its marks, if that is
  // another one. A French "données" is "don", but who writes "donnees" looks for "donne".
  void make(std::string_view word, WordLanguage language, std::string& form, std::string& unmarked);
  // The word as it is written: folded, Latin letters without marks, not stemmed; the same in every language.
  // Words that are written alike have a form in common, whatever the language.
  void write(std::string_view word, std::string& out);

 private:
  // Folded, with its marks; false: it needed no folding but lower case. No longer than kLongestWord.
  bool fold(std::string_view word, std::string& out);
  Stemmer stemmer_;
  std::string buffer_;
};

}  // namespace rappel
