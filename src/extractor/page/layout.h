// The layout of a page: which pieces are columns, tables and lines, and the order in which they are read.
// Numbers are points, y grows downwards.
#pragma once

#include <string>
#include <vector>

#include "extractor/page/glyph.h"
#include "extractor/page/pieces.h"

namespace rappel::extractor::page {

struct Line {
  std::u32string text;     // with a blank at its end where the file has one
  std::size_t number = 0;  // characters of "1.2" before a wide gap, as headings have it
  float x0 = 0, x1 = 0, y0 = 0, y1 = 0, base = 0, size = 0;
  bool bold = false, fixed = false, right_to_left = false;
};

// A table that may go on on the next page, where its header is repeated.
struct TableShape {
  std::vector<float> gutters;          // their middles
  std::vector<std::u32string> header;  // cells from the left; empty: no table
};

// Lines that are read one after the other, or the rows of a table.
struct Region {
  std::vector<Line> lines;
  std::vector<std::vector<std::vector<Line>>> rows;  // row, cell (in reading order), lines of the cell
  TableShape shape;                                  // of a table
  bool ruled = false;                                // lines are drawn between its rows or columns
  bool continues = false;  // the first row is the rest of the last one on the page before
};

struct Rules {
  std::vector<Rule> level;
  std::vector<Upright> upright;  // sorted by x
};

struct LayoutHints {
  bool trust_stream = true;  // false: the stream has text that is drawn at its end but belongs elsewhere
  const TableShape* open_table = nullptr;  // of the end of the page before
};

std::vector<Region> find_regions(std::vector<Piece> pieces, const std::vector<Glyph>& glyphs,
                                 const Rules& rules, const LayoutHints& hints);

}  // namespace rappel::extractor::page
