// WrittenWords: the words of a text one after another, as they are written, for phrases
// (WordCutter::written).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/words/hashed_forms.h"
#include "text/words/word_scanner.h"
#include "text/words/words.h"

namespace rappel {

class WrittenWords final : public WordSink {
 public:
  // `languages`: of the forms of each word; none: without forms.
  WrittenWords(WordForms& forms, HashedForms& hashed, std::span<const WordLanguage> languages)
      : forms_(forms), hashed_(hashed), languages_(languages) {}

  void word(std::string_view word) override;
  void whole(std::string_view word) override;
  void ideograph(std::string_view character, bool alone) override;
  void pair(std::string_view) override {}

  std::vector<PhraseWord> words;

 private:
  void add(std::string_view word);
  std::vector<std::uint64_t> forms_of(std::string_view word);

  WordForms& forms_;
  HashedForms& hashed_;
  const std::span<const WordLanguage> languages_;
  std::string last_, buffer_;
};

}  // namespace rappel
