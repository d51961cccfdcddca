// Reading order of shapes on a slide: from top to bottom, and from left to right where they stand side by
// side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rappel::extractor {

// Place of a shape from the top left corner of the slide or of its group, in any unit.
struct SlideBox {
  double x = 0, y = 0, width = 0, height = 0;
};

inline double common_length(double a, double a_size, double b, double b_size) {
  return std::max(0.0, std::min(a + a_size, b + b_size) - std::max(a, b));
}

// More than half of the smaller one.
inline bool covers(const SlideBox& a, const SlideBox& b) {
  const double both = common_length(a.x, a.width, b.x, b.width) * common_length(a.y, a.height, b.y, b.height);
  return both > 0.5 * std::min(a.width * a.height, b.width * b.height);
}

// True if one of the boxes covers another: then their places say little about the reading order.
inline bool cover_each_other(const std::vector<SlideBox>& boxes) {
  constexpr std::size_t kMostCompared = 200;
  if (boxes.size() > kMostCompared) return false;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (covers(boxes[i], boxes[j])) return true;
  return false;
}

// Sorts items with members `x`, `y` (top left corner); those whose tops differ by at most `same_row` are side
// by side.
template <class Item>
void sort_by_position(std::vector<Item>& items, double same_row) {
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.y < b.y; });
  for (auto first = items.begin(); first != items.end();) {
    const double bottom = first->y + same_row;
    const auto last = std::find_if(first, items.end(), [&](const Item& item) { return item.y > bottom; });
    std::stable_sort(first, last, [](const Item& a, const Item& b) { return a.x < b.x; });
    first = last;
  }
}

}  // namespace rappel::extractor
