#include "retrieve/diversity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace rappel {
namespace {

Candidate candidate(const std::string& text, double score, std::vector<float> vector = {}) {
  Candidate made;
  made.chunk.text = text;
  made.score = score;
  made.vector = std::move(vector);
  return made;
}

std::string texts(const std::vector<Candidate>& candidates) {
  std::string out;
  for (const Candidate& one : candidates) out += one.chunk.text + " ";
  return out;
}

TEST(Diversity, ResultsLikeEarlierOnesFall) {
  const std::vector<Candidate> candidates = {candidate("a", 0.9, {1, 0}), candidate("a2", 0.89, {1, 0}),
                                             candidate("b", 0.5, {0, 1}), candidate("b2", 0.4, {0, 1})};
  auto diverse = candidates;
  diversify(0.5, 4, diverse);
  EXPECT_EQ(texts(diverse), "a b a2 b2 ");
  diverse = candidates;
  diversify(0, 4, diverse);
  EXPECT_EQ(texts(diverse), "a a2 b b2 ");
  diverse = candidates;
  diversify(0.5, 2, diverse);
  EXPECT_EQ(texts(diverse), "a a2 b b2 ") << "only the pool is put in order";
}

TEST(Diversity, TextsStandForVectorsThatAreMissing) {
  const std::string long_text = "one two three four five six seven eight nine ten eleven twelve thirteen";
  std::vector<Candidate> candidates = {candidate(long_text, 0.9), candidate(long_text + "!", 0.8),
                                       candidate("short", 0.5), candidate("short", 0.45),
                                       candidate("other", 0.4)};
  diversify(0.6, 5, candidates);
  EXPECT_EQ(texts(candidates), long_text + " short other " + long_text + "! short ");
}

TEST(Diversity, RandomCandidatesAreOrderedByTheDefinition) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> number(-1, 1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Candidate> candidates(1 + random() % 12);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const float x = number(random);
      candidates[i] =
          candidate(std::to_string(i), 1 - static_cast<double>(i) / 20, {x, std::sqrt(1 - x * x)});
    }
    const double diversity = static_cast<double>(random() % 11) / 10;
    auto diverse = candidates;
    diversify(diversity, diverse.size(), diverse);
    // Each is the best of those after it, by sums over all that are before it.
    const auto gain = [&](const Candidate& one, std::size_t before) {
      double nearest = 0;
      for (std::size_t i = 0; i < before; ++i)
        nearest = std::max(nearest, static_cast<double>(one.vector[0] * diverse[i].vector[0] +
                                                        one.vector[1] * diverse[i].vector[1]));
      return (1 - diversity) * one.score - diversity * nearest;
    };
    for (std::size_t at = 0; at < diverse.size(); ++at)
      for (std::size_t later = at + 1; later < diverse.size(); ++later)
        ASSERT_GE(gain(diverse[at], at) + 1e-6, gain(diverse[later], at));
    std::vector<std::string> before, after;
    for (std::size_t i = 0; i < diverse.size(); ++i) {
      before.push_back(candidates[i].chunk.text);
      after.push_back(diverse[i].chunk.text);
    }
    EXPECT_TRUE(std::is_permutation(before.begin(), before.end(), after.begin(), after.end()));
  }
}

}  // namespace
}  // namespace rappel
