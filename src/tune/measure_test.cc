#include "tune/measure.h"
#include "base/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rappel {
namespace {

double mean_words(const std::vector<std::string>& texts) {
  double words = 0;
  for (const std::string& text : texts)
    words += 1.0 + static_cast<double>(std::count(text.begin(), text.end(), ' '));
  return words / static_cast<double>(texts.size());
}

// Equal texts of a batch are computed once: a workload with two of them would look faster than it is.
TEST(Workloads, NoTwoTextsAreAlike) {
  for (const auto& texts :
       {short_queries(), long_queries(), sentences(50, TextLength::kShort),
        sentences(50, TextLength::kMedium), sentences(50, TextLength::kLong), chunk_texts(20)})
    EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size());
}

TEST(Workloads, TextsAreAsLongAsTheyShouldBe) {
  EXPECT_NEAR(mean_words(short_queries()), 5, 0.5);
  EXPECT_NEAR(mean_words(long_queries()), 11, 0.5);
  EXPECT_NEAR(mean_words(sentences(3, TextLength::kShort)), 7, 0.5);
  EXPECT_NEAR(mean_words(sentences(20, TextLength::kMedium)), 13, 0.5);
  EXPECT_NEAR(mean_words(sentences(50, TextLength::kLong)), 22, 0.5);
  EXPECT_EQ(short_queries().size(), 5U);
  EXPECT_EQ(long_queries().size(), 5U);
  EXPECT_EQ(sentences(20, TextLength::kMedium).size(), 20U);
}

// A figure of the CPU under the name of a GPU would be recommended as the GPU's.
TEST(OnDevice, NothingStandsInForTheDevice) {
  EngineSettings settings;
  settings.embedder.precision = "half";
  settings.embedder.device_fallback = true;
  settings.embedder.refused_device = "EMBEDDING_DEVICE=mps: this build has cpu";
  settings.reranker = settings.embedder;
  settings.machine.threads = 3;
  const EngineSettings moved = on_device(settings, "cuda");
  for (const ModelSettings& model : {moved.embedder, *moved.reranker}) {
    EXPECT_EQ(model.device, "cuda");
    EXPECT_EQ(model.precision, "auto");
    EXPECT_FALSE(model.device_fallback);
    EXPECT_EQ(model.refused_device, "");
  }
  EXPECT_FALSE(moved.machine.fall_back_when_lost);
  EXPECT_EQ(moved.machine.threads, 3);
  settings.reranker.reset();
  EXPECT_FALSE(on_device(settings, "cpu").reranker);
}

TEST(QueryCost, CandidatesWithinABudget) {
  const QueryCost cost{10, 20};
  EXPECT_EQ(cost.total(3), 70);
  EXPECT_EQ(cost.candidates_within(300), 14);
  EXPECT_EQ(cost.candidates_within(290), 14);
  EXPECT_EQ(cost.candidates_within(289), 13);
  EXPECT_EQ(cost.candidates_within(1), 3) << "never fewer than are of use";
  EXPECT_EQ(cost.candidates_within(1e6), 50);
}

}  // namespace
}  // namespace rappel
