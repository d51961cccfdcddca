// The layout of a page: which pieces are columns, tables and lines, and the order in which they are read.
// Knows nothing of PDFium; numbers are points, y grows downwards.
#pragma once

#include <string>
#include <vector>

#include "extractor/pdf/glyph.h"
#include "extractor/pdf/pieces.h"

namespace rappel::extractor::pdf {

struct Line {
  std::u32string text;
  float x0 = 0, x1 = 0, y0 = 0, y1 = 0, base = 0, size = 0;
  bool bold = false, fixed = false, right_to_left = false;
};

// Lines that are read one after the other, or the rows of a table.
struct Region {
  std::vector<Line> lines;
  std::vector<std::vector<std::vector<Line>>> rows;  // row, cell (in reading order), lines of the cell
};

struct LayoutHints {
  bool trust_stream = true;  // false: the stream has text that is drawn at its end but belongs elsewhere
};

std::vector<Region> find_regions(std::vector<Piece> pieces, const std::vector<Glyph>& glyphs,
                                 const std::vector<Rule>& rules, const LayoutHints& hints);

}  // namespace rappel::extractor::pdf
