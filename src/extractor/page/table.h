// Rows of a table from the lines of its cells.
#pragma once

#include <cstddef>
#include <vector>

#include "extractor/page/glyph.h"

namespace rappel::extractor::page {

// One line of the table over all its columns.
struct TableLine {
  float base = 0, top = 0, bottom = 0, size = 0;
  std::vector<bool> filled;  // for each column
  // Of the text and of its first word, as shares of the column's width; empty: unknown.
  std::vector<float> width, first_word;
};

// Whether larger distances part the lines into rows whose cells all begin at the top: what columns of running
// text do not have.
bool has_aligned_rows(const std::vector<TableLine>& lines);

// For each line whether a row of the table begins there. A row is found by rules drawn between the lines, by
// larger distances, or by the column that only the first line of a row fills.
std::vector<bool> find_row_starts(const std::vector<TableLine>& lines, const std::vector<float>& rules,
                                  std::size_t key_column);

}  // namespace rappel::extractor::page
