// Sentence ends of one text: Unicode's sentence rules (UAX #29) by ICU, without the ends that are none: after
// abbreviations of the text's language and initials, after the number of a list item, before a closing
// quotation mark, and at the end of a line whose sentence goes on in lower case.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "ingest/chunk/abbreviations.h"

struct UBreakIterator;
struct UText;

namespace rappel {

class Sentences {
 public:
  // `language`: BCP 47, or "" to take it from the words of the text. The text must outlive it.
  Sentences(std::string_view text, std::string_view language);
  ~Sentences();

  // The last sentence end in (floor, at], 0 if there is none: the byte after its last visible character. A
  // sentence begins at `begin`, at most `floor`, or the text was cut there.
  std::size_t last_end(std::size_t begin, std::size_t floor, std::size_t at);

 private:
  // The byte after the last visible character of the sentence that ICU ends at `border`.
  std::size_t end_at(std::size_t begin, std::size_t border) const;
  // Whether the sentence whose last visible character ends at `end` is over there.
  bool is_over(std::size_t begin, std::size_t end) const;
  bool ends_with_abbreviation(std::size_t begin, std::size_t end, std::size_t next) const;

  struct Closer {
    void operator()(UText* text) const;
    void operator()(UBreakIterator* breaks) const;
  };
  const std::string_view text_;
  const Language language_;
  std::unique_ptr<UText, Closer> window_;
  std::unique_ptr<UBreakIterator, Closer> breaks_;  // reads window_
};

}  // namespace rappel
