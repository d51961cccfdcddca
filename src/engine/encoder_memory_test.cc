// Resident pages of the model file: none of packed weights, a bounded part of embedding tables.
#include <gtest/gtest.h>

#include <limits>

#include "engine/cpu/cpu_device.h"
#include "engine/cpu/table.h"
#include "engine/encoder.h"
#include "engine/test_model.h"
#include "testing/resident.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr std::size_t kMiB = 1 << 20;

class EncoderMemory : public testing::TestWithParam<WeightKind> {};

TEST_P(EncoderMemory, PagesOfTheModelFileAreReleased) {
  const TempDir dir;
  const TestModel model{.hidden = 64, .layers = 3, .heads = 4, .intermediate = 4096, .vocabulary = 40000};
  const auto files = test_model(model, dir.path());
  const TensorView words = *files->find("embeddings.word_embeddings.weight");
  if (!resident_bytes(words.bytes.data())) GTEST_SKIP() << "no /proc/self/smaps";
  const auto resident = [&] { return resident_bytes(words.bytes.data()).value_or(0); };
  std::size_t layers = 0;
  for (const auto& [name, tensor] : files->tensors())
    if (name.starts_with("encoder.layer")) layers += tensor.bytes.size();
  ASSERT_GE(layers, 6 * kMiB);
  ASSERT_GE(words.bytes.size(), 9 * kMiB);

  ThreadPool pool(2);
  const auto device = make_cpu_device(pool, {.table_bytes = kMiB});
  const std::size_t opened = resident();
  auto encoder = std::move(Encoder::load(files, *device, {.kind = GetParam()})).value();
  EXPECT_LE(resident(), opened + 2 * kMiB) << "of " << layers << " bytes of packed weights";

  PackedTokens batch;
  TestRandom random(1);
  for (std::size_t text = 0; text < 16; ++text) {  // 1024 tokens: the interval at which pages are counted
    std::vector<std::int32_t> ids(64);
    for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random.below(40000));
    batch.append(ids, {}, encoder->config());
  }
  std::vector<float> table(words.elements());
  words.to_float(table);
  EXPECT_GE(resident(), words.bytes.size());
  HeadOutputs first, again;
  ASSERT_TRUE(encoder->forward(batch, {.dense = true}, first).ok());
  EXPECT_LE(resident(), opened + 2 * kMiB) << "of a table of " << words.bytes.size() << " bytes";
  ASSERT_TRUE(encoder->forward(batch, {.dense = true}, again).ok());
  EXPECT_EQ(first.dense, again.dense);
}

TEST(EncoderMemory, SmallTableStaysResident) {
  const TempDir dir;
  const auto files = test_model({.hidden = 64, .heads = 4, .vocabulary = 40000}, dir.path());
  const TensorView words = *files->find("embeddings.word_embeddings.weight");
  if (!resident_bytes(words.bytes.data())) GTEST_SKIP() << "no /proc/self/smaps";
  std::vector<float> table(words.elements()), row(64);
  words.to_float(table);
  const auto read_with = [&](std::size_t limit, std::size_t rows) {
    const cpu::MappedTable mapped(words, limit);
    for (std::size_t i = 0; i < rows; ++i) mapped.copy_row(i, row.data());
    mapped.release_pages();
    return *resident_bytes(words.bytes.data());
  };
  const std::size_t all = *resident_bytes(words.bytes.data());
  EXPECT_EQ(read_with(0, 40000), all);
  EXPECT_EQ(read_with(words.bytes.size(), 40000), all);
  EXPECT_EQ(read_with(4 * kMiB, 8000), all);  // 2 MB of rows
  EXPECT_LE(read_with(4 * kMiB, 20000), all / 2);
}

PackedTokens text_of(std::size_t tokens, const ModelConfig& config) {
  PackedTokens batch;
  batch.append(std::vector<std::int32_t>(tokens, 7), {}, config);
  return batch;
}

// The documented level: weights, a workspace of standing_tokens, and scratch memory of passes of that size.
TEST_P(EncoderMemory, MemoryReturnsToItsLevelAfterALongText) {
  const TempDir dir;
  const auto files =
      test_model({.bge_m3_heads = true, .hidden = 64, .heads = 4, .positions = 4098}, dir.path());
  ThreadPool pool(2);
  const auto device = make_cpu_device(pool, {});
  auto encoder =
      std::move(Encoder::load(files, *device,
                              {.kind = GetParam(), .max_batch_tokens = 4096, .standing_tokens = 512}))
          .value();
  const PackedTokens usual = text_of(512, files->config()), large = text_of(4000, files->config());
  HeadOutputs before, outputs;
  ASSERT_TRUE(encoder->forward(usual, {.dense = true, .colbert = true}, before).ok());
  const MemoryUse level = device->memory();
  EXPECT_EQ(level.used, level.peak);
  for (int burst = 0; burst < 3; ++burst) {
    ASSERT_TRUE(encoder->forward(large, {.dense = true, .colbert = true}, outputs).ok());
    EXPECT_LE(device->memory().used, level.used);
    EXPECT_GT(device->memory().peak, level.peak + (4000 - 512) * 64 * 4);
    ASSERT_TRUE(encoder->forward(usual, {.dense = true, .colbert = true}, outputs).ok());
    EXPECT_EQ(device->memory().used, level.used);
    EXPECT_EQ(outputs.dense, before.dense);
    EXPECT_EQ(outputs.colbert, before.colbert);
  }
  encoder.reset();
  device->trim();
  EXPECT_EQ(device->memory().used, 0u);
}

TEST_P(EncoderMemory, TextBeyondTheMemoryLimitIsRejectedAndTheNextSucceeds) {
  const TempDir dir;
  const auto files = test_model({.hidden = 64, .heads = 4, .positions = 4098}, dir.path());
  ThreadPool pool(2);
  const PackedTokens usual = text_of(512, files->config()), large = text_of(4000, files->config());
  const EncoderOptions options{.kind = GetParam(), .max_batch_tokens = 4096, .standing_tokens = 512};
  HeadOutputs want, got;
  std::uint64_t limit = 0;
  {
    const auto device = make_cpu_device(pool, {});
    const auto encoder = std::move(Encoder::load(files, *device, options)).value();
    ASSERT_TRUE(encoder->forward(usual, {.dense = true}, want).ok());
    limit = device->memory().peak;
    ASSERT_TRUE(encoder->forward(large, {.dense = true}, got).ok());
    ASSERT_GT(device->memory().peak, limit);
  }
  const auto device = make_cpu_device(pool, {.memory_limit = limit});
  const auto encoder = std::move(Encoder::load(files, *device, options)).value();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(encoder->forward(large, {.dense = true}, got).code(), Code::kResourceExhausted);
    ASSERT_TRUE(encoder->forward(usual, {.dense = true}, got).ok());
    EXPECT_EQ(got.dense, want.dense);
    EXPECT_LE(device->memory().peak, limit);
  }
}

TEST(MemoryBudget, LimitIsBytesOrShare) {
  EXPECT_EQ((MemoryLimit{.bytes = 7, .share = 0.5}.of(100)), 7u);
  EXPECT_EQ((MemoryLimit{.share = 0.5}.of(100)), 50u);
  EXPECT_EQ((MemoryLimit{.share = 1.7}.of(100)), 0u) << "a share above 1 is no limit";
  EXPECT_EQ((MemoryLimit{.share = 0.5}.of(0)), 0u) << "the share of an unknown amount is no limit";
  EXPECT_EQ(MemoryLimit{}.of(100), 0u);
}

TEST(MemoryBudget, CountsToTheByte) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  EXPECT_FALSE(budget.take(std::numeric_limits<std::uint64_t>::max()));
  budget.give_back(50);
  EXPECT_EQ(budget.use().used, 50u);
  EXPECT_EQ(budget.use().peak, 100u);
  EXPECT_TRUE(MemoryBudget().take(std::numeric_limits<std::uint64_t>::max() / 2)) << "no limit";
}

INSTANTIATE_TEST_SUITE_P(Kinds, EncoderMemory,
                         testing::Values(WeightKind::kFloat32, WeightKind::kHalf, WeightKind::kInt8),
                         [](const auto& kind) { return weight_kind_name(kind.param); });

}  // namespace
}  // namespace rappel
