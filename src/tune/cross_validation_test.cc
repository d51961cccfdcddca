#include "tune/cross_validation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rappel {
namespace {

using Values = std::vector<std::vector<double>>;

TEST(CrossValidation, ChoiceThatIsAlwaysBetterIsTaken) {
  const Values values{std::vector<double>(40, 0.5), std::vector<double>(40, 0.6),
                      std::vector<double>(40, 0.4)};
  const CrossValidation found = cross_validate(values, 0);
  EXPECT_EQ(found.best, 1U);
  EXPECT_EQ(found.folds, std::vector<std::size_t>(5, 1));
  EXPECT_NEAR(found.held_out, 0.6, 1e-12);
  EXPECT_NEAR(found.gain.difference, 0.1, 1e-12);
  EXPECT_EQ(found.gain.won, 40U);
  EXPECT_TRUE(found.is_better());
}

TEST(CrossValidation, BaselineWinsTies) {
  const Values values{std::vector<double>(10, 0.5), std::vector<double>(10, 0.5)};
  const CrossValidation found = cross_validate(values, 1);
  EXPECT_EQ(found.best, 1U);
  EXPECT_EQ(found.gain.difference, 0);
  EXPECT_FALSE(found.is_better());
}

// Choices of noise: the best of many looks good on the questions that chose it, and held-out ones say so.
TEST(CrossValidation, NoiseIsNotTakenForAGain) {
  std::mt19937_64 random(7);
  std::size_t taken = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    Values values(100, std::vector<double>(50));
    for (auto& of_choice : values)
      for (double& value : of_choice) value = static_cast<double>(random() % 1000) / 1000;
    std::fill(values[0].begin(), values[0].end(), 0.5);
    const CrossValidation found = cross_validate(values, 0, {.seed = round + 1});
    EXPECT_GT(found.means[found.best], 0.55) << "it looks better on all questions";
    taken += found.is_better() ? 1 : 0;
  }
  EXPECT_LE(taken, 3U);
}

// The naive twin: held-out values by the definition, with the folds that the result tells.
TEST(CrossValidation, NoQuestionJudgesAChoiceThatItMade) {
  // Question i is right with choice i alone, so the others never choose what is right for it.
  Values values(10, std::vector<double>(10, 0));
  for (std::size_t i = 0; i < 10; ++i) values[i][i] = 1;
  const CrossValidation found = cross_validate(values, 0, {.folds = 10});
  EXPECT_LE(found.held_out, 0.1) << "only the baseline's own question may be right";
  EXPECT_FALSE(found.is_better());
}

TEST(CrossValidation, SameSeedDealsTheSame) {
  std::mt19937_64 random(3);
  Values values(4, std::vector<double>(23));
  for (auto& of_choice : values)
    for (double& value : of_choice) value = static_cast<double>(random() % 100);
  EXPECT_EQ(cross_validate(values, 0).held_out, cross_validate(values, 0).held_out);
  EXPECT_EQ(cross_validate(values, 2).folds.size(), 5U);
}

}  // namespace
}  // namespace rappel
