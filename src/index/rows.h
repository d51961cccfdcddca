// Row numbers of chunks, and rows with scores: the words that all indexes share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

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

// Appends a range that begins at or after the end of the last one; ranges that touch become one.
inline void append_range(std::vector<RowRange>& ranges, RowRange range) {
  if (!ranges.empty() && ranges.back().first + ranges.back().count == range.first) {
    ranges.back().count += range.count;
  } else {
    ranges.push_back(range);
  }
}

// The rows that both have; each is ascending and disjoint, and so is the result.
inline std::vector<RowRange> intersection(std::span<const RowRange> a, std::span<const RowRange> b) {
  std::vector<RowRange> both;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    const std::int64_t x_end = x->first + x->count, y_end = y->first + y->count;
    const std::int64_t first = std::max(x->first, y->first), end = std::min(x_end, y_end);
    if (first < end) both.push_back({first, end - first});
    (x_end < y_end ? x : y)++;
  }
  return both;
}

// The rows of `a` that `b` lacks; as above.
inline std::vector<RowRange> difference(std::span<const RowRange> a, std::span<const RowRange> b) {
  std::vector<RowRange> others;
  for_rows_outside(b, std::numeric_limits<std::int64_t>::max() / 2,
                   [&](RowRange range) { others.push_back(range); });
  return intersection(a, others);
}

inline std::vector<std::int64_t> rows_of(std::span<const RowRange> ranges) {
  std::vector<std::int64_t> rows;
  for (const RowRange& range : ranges)
    for (std::int64_t row = range.first; row < range.first + range.count; ++row) rows.push_back(row);
  return rows;
}

// The order of answers: best first, equal scores by ascending row.
inline bool better(const RowScore& a, const RowScore& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

}  // namespace rappel
