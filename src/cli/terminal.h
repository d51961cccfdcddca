// Terminal: how a stream shows text to a person - its width, and whether it takes colour.
//
// Colour is for terminals only, and not where NO_COLOR is set or TERM is dumb. Help is wrapped to the width
// of the terminal, or to 100 columns elsewhere; COLUMNS overrides both. Other output is wrapped on terminals
// only: a program that reads it gets each message on one line.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/options.h"

namespace rappel {

enum class Paint { kHeading, kGood, kWarning, kBad };

struct Terminal {
  bool is_terminal = false;
  bool colour = false;
  std::size_t width = 100;  // columns

  // The text with its colour, or as it is.
  std::string paint(Paint paint, std::string_view text) const;
  std::string heading(std::string_view text) const { return paint(Paint::kHeading, text); }
  // On a terminal the text wrapped; its later lines begin at column `indent`, where its first line begins
  // too.
  std::string fitted(std::string_view text, std::size_t indent) const;
};

// The terminal of a stream of this process.
Terminal terminal_of(int fd, const Environment& environment);
// `columns`: of its window; 0 = not known.
Terminal make_terminal(bool is_terminal, std::size_t columns, const Environment& environment);

// The words of a text, in lines of at most `width` columns. The first line begins at column `indent`, where
// later lines are indented to; spaces that open a line count as its indent. A word that is wider has a line
// of its own; the text's own line ends stay.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace rappel
