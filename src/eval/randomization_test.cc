#include "eval/randomization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rappel {
namespace {

using Values = std::vector<double>;

TEST(Randomization, FewQueriesAreCountedExactly) {
  const PairedComparison all_won = compare_pairs(Values(5, 0), Values(5, 1));
  EXPECT_TRUE(all_won.exact);
  EXPECT_DOUBLE_EQ(all_won.p, 2.0 / 32);
  EXPECT_DOUBLE_EQ(all_won.difference, 1);
  EXPECT_DOUBLE_EQ(compare_pairs(Values{0, 0, 0.5}, Values{0.5, 0.5, 0}).p, 1);
}

// scipy.stats.permutation_test with permutation_type="samples" over all assignments.
TEST(Randomization, ExactPEqualsScipy) {
  const Values a{0.1, 0.5, 0.25, 0.9, 0.3, 0.6, 0.2, 0.45, 0.7, 0.35};
  const Values b{0.3, 0.55, 0.2, 1.0, 0.45, 0.6, 0.5, 0.4, 0.9, 0.37};
  const PairedComparison found = compare_pairs(a, b);
  EXPECT_TRUE(found.exact);
  EXPECT_NEAR(found.p, 0.046875, 1e-9);
  EXPECT_NEAR(found.difference, 0.092, 1e-9);
  EXPECT_EQ(found.won, 7U);
  EXPECT_EQ(found.tied, 1U);
  EXPECT_EQ(found.lost, 2U);
}

// The same with 200 000 drawn assignments: p = 0.1843.
TEST(Randomization, DrawnPIsNearTheTrueOneAndRepeats) {
  Values a, b;
  for (int i = 0; i < 60; ++i) {
    a.push_back((i * 37 % 101) / 101.0);
    b.push_back(std::min(1.0, a.back() + (i * 53 % 17 - 7) / 60.0));
  }
  const PairedComparison found = compare_pairs(a, b);
  EXPECT_FALSE(found.exact);
  EXPECT_NEAR(found.p, 0.1843, 0.015);
  EXPECT_EQ(found.p, compare_pairs(a, b).p);
  EXPECT_EQ(found.p, compare_pairs(b, a).p) << "two-sided";
  EXPECT_NE(found.p, compare_pairs(a, b, {.seed = 2}).p);
}

TEST(Randomization, DrawnPIsNeverZero) {
  const PairedComparison found = compare_pairs(Values(100, 0), Values(100, 1), {.permutations = 99});
  EXPECT_DOUBLE_EQ(found.p, 0.01);
}

TEST(Randomization, RoundingIsATie) {
  const PairedComparison found = compare_pairs(Values{0.1 + 0.2, 0.5}, Values{0.3, 0.5});
  EXPECT_EQ(found.tied, 2U);
  EXPECT_EQ(found.p, 1);
  EXPECT_EQ(found.difference, 0);
}

}  // namespace
}  // namespace rappel
