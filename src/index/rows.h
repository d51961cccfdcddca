// Row numbers of chunks, and rows with scores: the words that all indexes share.
#pragma once

#include <cstdint>

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

// The order of answers: best first, equal scores by ascending row.
inline bool better(const RowScore& a, const RowScore& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

}  // namespace rappel
