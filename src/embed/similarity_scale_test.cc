#include "embed/similarity_scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "embed/similarity_pairs.h"
#include "embed/test_embedder.h"

namespace rappel {
namespace {

TEST(SimilarityLanguage, FollowsScriptAndFrequentWords) {
  EXPECT_EQ(similarity_language("How do I get to the station?"), "en");
  EXPECT_EQ(similarity_language("Comment aller à la gare depuis le centre de la ville ?"), "fr");
  EXPECT_EQ(similarity_language("怎么去火车站？"), "zh");
  EXPECT_EQ(similarity_language("駅へはどうやって行きますか"), "ja");
  EXPECT_EQ(similarity_language("역에 어떻게 가나요?"), "ko");
  EXPECT_EQ(similarity_language("Как пройти на вокзал?"), "ru");
  EXPECT_EQ(similarity_language("ERR-4012"), "en");
  EXPECT_EQ(similarity_language(""), "en");
  EXPECT_EQ(similarity_language("\xff\xfe broken"), "en");
}

TEST(SimilarityPairs, EveryLanguageHasPairsThatAreDetectedAsIt) {
  for (const char* const language :
       {"en", "fr", "de", "es", "it", "pt", "nl", "ru", "zh", "ja", "ko", "ar"}) {
    const auto pairs = similarity_pairs(language);
    EXPECT_EQ(pairs.size(), 8u) << language;
    std::string all;
    for (const SimilarityPair& pair : pairs) all += std::string(pair.question) + " ";
    EXPECT_EQ(similarity_language(all), language);
  }
  EXPECT_TRUE(similarity_pairs("xx").empty());
}

TEST(SimilarityScale, IsMeanAndDeviationOfTheCosines) {
  TestEmbedder embedder(2);
  const auto pairs = similarity_pairs("en");
  // Question 0 is at an angle of 60 degrees to every answer, the others at 90; answer 0 is nearer to its own.
  for (const SimilarityPair& pair : pairs) {
    embedder.vectors[std::string(pair.question)] = {0, 1};
    embedder.vectors[std::string(pair.answer)] = {1, 0};
  }
  embedder.vectors[std::string(pairs[0].question)] = {0.5f, std::sqrt(0.75f)};
  const auto scale = measure_similarity(embedder, "en", {});
  ASSERT_TRUE(scale.ok());
  EXPECT_NEAR(scale->unrelated, 7 * 0.5 / 56, 1e-6);
  EXPECT_NEAR(scale->deviation, std::sqrt(7 * 0.25 / 56 - std::pow(7 * 0.5 / 56, 2)), 1e-6);
  EXPECT_NEAR(scale->related, scale->unrelated + 0.02, 1e-6) << "no nearer than unrelated ones: the least";
}

TEST(SimilarityScales, MeasureEachLanguageOnceAndKeepNoFailure) {
  TestEmbedder embedder(2);
  SimilarityScales scales;
  embedder.failure = Status(Code::kUnavailable, "no device");
  EXPECT_EQ(scales.of(embedder, "How?", {}).status().code(), Code::kUnavailable);
  embedder.failure = {};
  ASSERT_TRUE(scales.of(embedder, "How?", {}).ok());
  const int calls = embedder.calls;
  ASSERT_TRUE(scales.of(embedder, "When?", {}).ok());
  EXPECT_EQ(embedder.calls, calls);
  ASSERT_TRUE(scales.of(embedder, "怎么去？", {}).ok());
  EXPECT_GT(embedder.calls, calls);
}

}  // namespace
}  // namespace rappel
