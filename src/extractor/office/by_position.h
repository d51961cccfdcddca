// Reading order of shapes on a slide: from top to bottom, and from left to right where they stand side by
// side.
#pragma once

#include <algorithm>
#include <vector>

namespace rappel::extractor {

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
