// SpanSink: the forms of the words of a text, with their places in it (WordCutter::spans).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/words/hashed_forms.h"
#include "text/words/word_scanner.h"
#include "text/words/words.h"

namespace rappel {

class SpanSink final : public WordSink {
 public:
  // `text`: the one that is scanned; spans are in its bytes.
  SpanSink(HashedForms& forms, WordLanguage language, std::string_view text)
      : forms_(forms), language_(language), text_(text) {}

  void word(std::string_view word) override;
  void whole(std::string_view word) override;
  void ideograph(std::string_view character, bool) override { pair(character); }
  void pair(std::string_view characters) override;

  std::vector<WordSpan> spans;

 private:
  struct Bytes {
    std::size_t begin = 0, end = 0;  // equal: unknown
  };
  bool is_of_text(std::string_view word) const;
  Bytes of_text(std::string_view word) const;
  Bytes of_dictionary(std::string_view word) const;
  Bytes of_compound(std::string_view word) const;
  std::size_t end_of_dictionary_word(std::string_view word, std::size_t at) const;
  void add(std::string_view word, Bytes place);

  HashedForms& forms_;
  const WordLanguage language_;
  const std::string_view text_;
  std::size_t last_ = 0;  // the end of the last word
};

}  // namespace rappel
