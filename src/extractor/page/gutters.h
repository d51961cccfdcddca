// Gutters: vertical strips without text, between columns or the cells of a table.
#pragma once

#include <cstddef>
#include <vector>

namespace rappel::extractor::page {

struct Interval {
  float from = 0, to = 0;
};

// Text of one line of the page: the x ranges that it covers, from the left, without overlaps.
struct Row {
  std::vector<Interval> text;
  float size = 0;            // of the font
  std::vector<float> ruled;  // gaps with a vertical rule, by a place in them
};

// Rows [first, end) with a gutter through all of them and text on both sides.
struct Band {
  std::size_t first = 0, end = 0;
  std::vector<Interval> gutters;  // all that pass through the band, from the left
};

// Bands that do not overlap, in order of the rows; the longest are taken first.
std::vector<Band> find_bands(std::vector<Row> rows);

}  // namespace rappel::extractor::page
