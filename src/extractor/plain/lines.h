// Lines of a text, and the paragraphs that they form.
#pragma once

#include <cstddef>
#include <string_view>

#include "ingest/content/content.h"

namespace rappel::extractor {

// Gives the lines of a text one after another, without their "\n".
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next(std::string_view& line);
  // Where in the text the last line began and where the next begins.
  std::size_t begin() const { return begin_; }
  std::size_t at() const { return at_; }

 private:
  const std::string_view text_;
  std::size_t begin_ = 0, at_ = 0;
};

bool is_blank(std::string_view text);
// Without blanks and line ends at both ends.
std::string_view trim(std::string_view text);
// Without line ends and trailing blanks at its end, and without blank lines at its start.
std::string_view trim_lines(std::string_view text);
std::size_t indent_of(std::string_view line);  // blanks before the first sign; a tab counts 4

// Gives the text as blocks of the kind, cut where it is very long.
Status give_text(std::string_view text, BlockKind kind, ContentSink& sink);
// Gives the paragraphs of a text, parted by blank lines and form feeds.
Status give_paragraphs(std::string_view text, BlockKind kind, ContentSink& sink);

}  // namespace rappel::extractor
