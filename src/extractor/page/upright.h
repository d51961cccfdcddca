// Glyphs as a reader sees them: blanks become flags, text runs from left to right and downwards.
#pragma once

#include <vector>

#include "extractor/page/glyph.h"

namespace rappel::extractor::page {

// Glyphs of one direction of reading, in stream order, with y growing downwards.
struct Stream {
  std::vector<Glyph> glyphs;
  // The first stream alone has them.
  std::vector<Rule> rules;
  std::vector<Upright> uprights;  // sorted by x
};

// Removes blanks (the next glyph has `space_before`) and characters without meaning, joins surrogates, and
// composes accents that are drawn over their letter. Counts the characters of the page.
void clean(Page& page);

// The direction that most glyphs have first; at most eight others after it.
std::vector<Stream> upright(const Page& page);

}  // namespace rappel::extractor::page
