#include "index/postings/sparse_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rappel {
namespace {

using Impacts = std::vector<std::pair<std::uint64_t, int>>;

Impacts impacts_of(float weight) {
  std::vector<TermImpact> impacts;
  append_impacts(9, weight, impacts);
  Impacts pairs;
  for (const TermImpact& one : impacts) pairs.emplace_back(one.term, one.impact);
  return pairs;
}

TEST(SparseWeights, ImpactsAreMultiplesOfSteps) {
  constexpr std::uint64_t kOver = std::uint64_t{1} << 32;
  EXPECT_EQ(impacts_of(1e-7f), (Impacts{{9, 1}}));
  EXPECT_EQ(impacts_of(0.3f), (Impacts{{9, 77}}));  // 76.5
  EXPECT_EQ(impacts_of(0.299f), (Impacts{{9, 76}}));
  EXPECT_EQ(impacts_of(1), (Impacts{{9, 255}}));
  EXPECT_EQ(impacts_of(1.25f), (Impacts{{9, 255}, {9 + kOver, 4}}));
  EXPECT_EQ(impacts_of(1.01f), (Impacts{{9, 255}, {9 + kOver, 1}}));
  EXPECT_EQ(impacts_of(16.9375f), (Impacts{{9, 255}, {9 + kOver, 255}}));
  EXPECT_EQ(impacts_of(65'504), (Impacts{{9, 255}, {9 + kOver, 255}, {9 + 2 * kOver, 255}}));
}

using Rows = std::vector<std::vector<WeightedToken>>;

Rows random_rows(std::mt19937& random, float most) {
  Rows rows(500);
  for (auto& row : rows)
    for (std::uint32_t token = 0; token < 30; ++token)
      if (random() % 4 != 0)
        row.push_back(
            {token, std::uniform_real_distribution<float>(0.001f, random() % 50 == 0 ? most : 1)(random)});
  return rows;
}

double sum_of_products(const std::vector<WeightedToken>& a, const std::vector<WeightedToken>& b) {
  double sum = 0;
  for (const WeightedToken& x : a)
    for (const WeightedToken& y : b)
      if (x.token == y.token) sum += double(x.weight) * y.weight;
  return sum;
}

// Scores by impacts, with the slack, are upper bounds of sums of products, and close to them if no weight is
// large.
TEST(SparseWeights, BoundsOfScoresHold) {
  std::mt19937 random(3);
  for (const float most : {1.0f, 2.0f, 900.0f}) {
    const Rows rows = random_rows(random, most);
    PostingsIndexBuilder builder{PostingsIndex()};
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<TermImpact> impacts;
      for (const WeightedToken& one : rows[row]) append_impacts(one.token, one.weight, impacts);
      builder.append(static_cast<std::int64_t>(row), impacts);
    }
    const PostingsIndex index = std::move(builder).finish();
    for (int round = 0; round < 20; ++round) {
      std::vector<WeightedToken> asked;
      double total = 0;
      for (std::uint32_t token = 0; token < 40; token += 1 + random() % 5) {
        asked.push_back({token, std::uniform_real_distribution<float>(0.001f, 2)(random)});
        total += asked.back().weight;
      }
      const SparseQuery query = sparse_query(asked, index);
      for (const RowScore& hit : index.search({.query = query.terms, .k = 500})) {
        const double exact = sum_of_products(asked, rows[static_cast<std::size_t>(hit.row)]);
        EXPECT_LE(exact, hit.score + query.slack);
        if (most == 1) {
          EXPECT_LE(hit.score, exact + 0.6 * total / 255);
        }
      }
    }
    EXPECT_TRUE(sparse_query(std::vector<WeightedToken>{{77, 1}}, index).terms.empty());
  }
}

}  // namespace
}  // namespace rappel
