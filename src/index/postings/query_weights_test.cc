#include "index/postings/query_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace rappel {
namespace {

std::uint64_t total(const QueryWeights& weights) {
  std::uint64_t sum = 0;
  for (const IntegerWeight& term : weights.terms) sum += term.weight;
  return sum;
}

TEST(QueryWeights, AreMultiplesOfAPowerOfTwo) {
  const QueryWeights weights = integer_weights(std::vector<WeightedTerm>{{9, 3}, {4, 1.5f}, {5, 0.3f}});
  // The sum 4.8 allows steps of 2^-13: 39 322 in all. 0.3 x 8192 = 2457.6.
  EXPECT_EQ(weights.terms, (std::vector<IntegerWeight>{{4, 12'288}, {5, 2458}, {9, 24'576}}));
  EXPECT_EQ(weights.unit, 0x1p-13f);
}

TEST(QueryWeights, AddUpEqualTermsInAnyOrder) {
  std::vector<WeightedTerm> query = {{1, 0.1f}, {1, 0.7f}, {2, 1}, {1, 1e-9f}};
  const QueryWeights weights = integer_weights(query);
  EXPECT_EQ(weights.terms, (std::vector<IntegerWeight>{{1, 26'214}, {2, 32'768}}));  // 0.8 and 1 in 2^-15
  std::sort(query.begin(), query.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  EXPECT_EQ(integer_weights(query).terms, weights.terms);
}

TEST(QueryWeights, LeaveOutWeightsThatArePointless) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const QueryWeights weights = integer_weights(std::vector<WeightedTerm>{
      {1, 0}, {2, -1}, {3, kInfinity}, {4, std::numeric_limits<float>::quiet_NaN()}, {5, 1}});
  EXPECT_EQ(weights.terms, (std::vector<IntegerWeight>{{5, 32'768}}));
  EXPECT_TRUE(integer_weights({}).terms.empty());
}

TEST(QueryWeights, StayWithinTheSum) {
  std::vector<WeightedTerm> query = {{0, 1}};
  for (std::uint64_t term = 1; term < 20'000; ++term) query.push_back({term, 1e-6f});
  const QueryWeights weights = integer_weights(query);
  EXPECT_EQ(weights.terms.size(), kMostQueryTerms);
  EXPECT_LE(total(weights), kWeightSum);
  EXPECT_EQ(weights.terms[0].term, 0u);
  EXPECT_GT(weights.terms[0].weight, 30'000u);
  EXPECT_EQ(weights.terms[1].weight, 1u);
}

TEST(QueryWeights, TakeTheSmallestAndLargestFloats) {
  for (const float weight :
       {std::numeric_limits<float>::denorm_min(), 1e-30f, 1e30f, std::numeric_limits<float>::max()}) {
    const QueryWeights weights = integer_weights(std::vector<WeightedTerm>{{1, weight}, {2, weight}});
    EXPECT_GE(weights.terms[0].weight, 1u);
    EXPECT_LE(total(weights), kWeightSum);
    EXPECT_GT(weights.unit, 0);
    EXPECT_LT(weights.unit, std::numeric_limits<float>::infinity());
  }
}

}  // namespace
}  // namespace rappel
