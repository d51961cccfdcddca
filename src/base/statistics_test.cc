#include "base/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rappel {
namespace {

TEST(Statistics, EmptyInputAndOneValue) {
  EXPECT_EQ(describe({}).count, 0U);
  EXPECT_EQ(describe({}).mean, 0);
  const Statistics one = describe(std::vector{7.5});
  EXPECT_EQ(one.count, 1U);
  for (const double value : {one.mean, one.median, one.min, one.max, one.p95}) EXPECT_EQ(value, 7.5);
  EXPECT_EQ(one.deviation, 0);
}

TEST(Statistics, KnownValuesInAnyOrder) {
  const Statistics all = describe(std::vector<double>{9, 2, 5, 4, 12, 7, 8, 11, 9, 3});
  EXPECT_EQ(all.count, 10U);
  EXPECT_DOUBLE_EQ(all.mean, 7);
  EXPECT_DOUBLE_EQ(all.median, 7.5);
  EXPECT_DOUBLE_EQ(all.deviation, std::sqrt(104.0 / 9));
  EXPECT_EQ(all.min, 2);
  EXPECT_EQ(all.max, 12);
  EXPECT_DOUBLE_EQ(all.p95, 11.55);  // 11 + 0.55 * (12 - 11): position 0.95 * 9 = 8.55
}

TEST(Statistics, PercentilesZeroAndOneAreMinAndMax) {
  const std::vector<double> sorted{1, 2, 4};
  EXPECT_EQ(percentile(sorted, 0), 1);
  EXPECT_EQ(percentile(sorted, 0.25), 1.5);
  EXPECT_EQ(percentile(sorted, 0.75), 3);
  EXPECT_EQ(percentile(sorted, 1), 4);
  EXPECT_EQ(percentile({}, 0.5), 0);
}

// Catastrophic cancellation would lose a small deviation of large values.
TEST(Statistics, DeviationOfLargeCloseValues) {
  const Statistics all = describe(std::vector<double>{1e9, 1e9 + 1, 1e9 + 2});
  EXPECT_DOUBLE_EQ(all.deviation, 1);
}

}  // namespace
}  // namespace rappel
