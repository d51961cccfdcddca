// Grapheme cluster borders of one text, by ICU.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

struct UBreakIterator;
struct UText;

namespace rappel {

class Graphemes {
 public:
  explicit Graphemes(std::string_view text);
  ~Graphemes();

  // The last border in (floor, at]; 0 if there is none. `begin`, at most `floor`, is a border or where text
  // was cut. ICU sees the text between `begin` and the character after `at` only: what comes before a border
  // does not matter, and in a run of flags ICU would read back to the start of the run each time.
  std::size_t last_border(std::size_t begin, std::size_t floor, std::size_t at);
  // The first border after `begin`, at most `end`.
  std::size_t next_border(std::size_t begin, std::size_t end);

 private:
  // The text from `begin` to the character after `at`.
  void look_at(std::size_t begin, std::size_t at);

  struct Closer {
    void operator()(UText* text) const;
    void operator()(UBreakIterator* breaks) const;
  };
  std::string_view text_;
  std::unique_ptr<UText, Closer> window_;
  std::unique_ptr<UBreakIterator, Closer> breaks_;  // reads window_
};

}  // namespace rappel
