#include "index/rows.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace rappel {
namespace {

std::vector<RowRange> random_ranges(std::mt19937& random) {
  std::vector<RowRange> ranges;
  for (std::int64_t row = 1 + random() % 5; row < 60; row += 1 + random() % 9) {
    const auto count = static_cast<std::int64_t>(1 + random() % 6);
    append_range(ranges, {row, count});
    row += count;
  }
  return ranges;
}

TEST(Rows, SetsOfRangesEqualSetsOfRows) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    const std::vector<RowRange> a = random_ranges(random), b = random_ranges(random);
    const std::vector<std::int64_t> rows_a = rows_of(a), rows_b = rows_of(b);
    const std::set<std::int64_t> set(rows_b.begin(), rows_b.end());
    std::vector<std::int64_t> both, only_a;
    for (const std::int64_t row : rows_a) (set.contains(row) ? both : only_a).push_back(row);
    EXPECT_EQ(rows_of(intersection(a, b)), both);
    EXPECT_EQ(rows_of(difference(a, b)), only_a);
  }
  const std::vector<RowRange> some = {{3, 4}};
  EXPECT_EQ(rows_of(difference(some, {})), rows_of(some));
  EXPECT_TRUE(difference({}, some).empty());
}

}  // namespace
}  // namespace rappel
