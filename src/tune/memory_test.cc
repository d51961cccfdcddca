#include "tune/memory.h"

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

ModelConfig mini_lm() {
  ModelConfig config;
  config.hidden = 384;
  config.layers = 6;
  config.heads = 12;
  config.intermediate = 1536;
  config.vocabulary = 30522;
  config.max_positions = 512;
  config.type_vocabulary = 2;
  return config;
}

TEST(Memory, PrecisionDecidesAboutTheWeights) {
  const double exact = model_memory(mini_lm(), WeightKind::kFloat32, 2048, 4).weights;
  const double half = model_memory(mini_lm(), WeightKind::kHalf, 2048, 4).weights;
  const double int8 = model_memory(mini_lm(), WeightKind::kInt8, 2048, 4).weights;
  EXPECT_NEAR(exact, 43e6, 1e6);  // 10.6 million numbers of the layers, and a head
  EXPECT_NEAR(half / exact, 0.5, 0.02);
  EXPECT_NEAR(int8 / exact, 0.25, 0.03);
}

TEST(Memory, TablesAreThoseOfTheFile) {
  EXPECT_NEAR(model_memory(mini_lm(), WeightKind::kInt8, 2048, 4).tables, 47.7e6, 0.1e6);
  EXPECT_NEAR(model_memory(mini_lm(), WeightKind::kInt8, 2048, 2).tables, 23.8e6, 0.1e6);
}

TEST(Memory, WorkspaceGrowsWithTheLongestText) {
  const double standing = model_memory(mini_lm(), WeightKind::kInt8, 2048, 4).workspace;
  const double longest = model_memory(mini_lm(), WeightKind::kInt8, 8192, 4).workspace;
  EXPECT_NEAR(longest - standing, 6144 * 4 * (6 * 384 + 1), 1);
}

TEST(Memory, AModelThatIsNotThereIsNotKnown) {
  const TempDir cache;
  HubSettings hub;
  hub.cache = cache.path();
  hub.offline = true;
  EngineSettings settings;
  settings.embedder.name = "nobody/nothing";
  const MemoryEstimate estimate = estimate_memory(settings, hub);
  EXPECT_FALSE(estimate.known());
  EXPECT_EQ(estimate.words(), "not known: the model is not there yet (nobody/nothing)");
}

TEST(Memory, TheDefaultModelsAreKnownBeforeTheyAreFetched) {
  const TempDir cache;
  HubSettings hub;
  hub.cache = cache.path();
  hub.offline = true;
  EngineSettings settings;
  settings.embedder.name = "BAAI/bge-m3";
  settings.embedder.precision = "int8";
  const MemoryEstimate one = estimate_memory(settings, hub);
  ASSERT_TRUE(one.known());
  // 302 million numbers of the layers in int8, and a table of 250002 x 1024 floats.
  EXPECT_NEAR(one.models[0].weights, 308e6, 5e6);
  EXPECT_NEAR(one.models[0].tables, 1.06e9, 0.01e9);
  EXPECT_GT(one.needed(), 0.4e9);
  settings.reranker = settings.embedder;
  settings.reranker->name = "BAAI/bge-reranker-v2-m3";
  const MemoryEstimate both = estimate_memory(settings, hub);
  EXPECT_GT(both.total(), 1.9 * one.total() - 0.2e9);
  EXPECT_TRUE(both.words().starts_with("weights 6")) << both.words();
  EXPECT_NE(both.words().find(" as int8, word tables 2.1 GB (mapped from the file)"), std::string::npos)
      << both.words();
  settings.embedder.precision = "float32";
  EXPECT_GT(estimate_memory(settings, hub).needed(), both.needed() + 0.8e9);
}

}  // namespace
}  // namespace rappel
