// Row numbers of chunks, and rows with scores: the words that all indexes share.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace rappel {

// `count` rows from `first` on.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

struct RowScore {
  std::int64_t row = 0;
  float score = 0;
  friend bool operator==(const RowScore&, const RowScore&) = default;
};

// Calls remove(RowRange) for the rows before, between and after `ranges`, which are ascending and disjoint,
// up to before `end`.
template <class Remove>
void for_rows_outside(std::span<const RowRange> ranges, std::int64_t end, const Remove& remove) {
  std::int64_t from = std::numeric_limits<std::int64_t>::min() / 2;
  for (const RowRange& range : ranges) {
    remove({from, range.first - from});
    from = range.first + range.count;
  }
  if (from < end) remove({from, end - from});
}

// The order of answers: best first, equal scores by ascending row.
inline bool better(const RowScore& a, const RowScore& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

}  // namespace rappel
