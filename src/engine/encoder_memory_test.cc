// Which pages of the model file an encoder keeps resident: none of packed weights, a bounded part of tables.
#include <gtest/gtest.h>

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

TEST_P(EncoderMemory, ThePagesOfTheFileGoWhenTheyHaveBeenRead) {
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
  for (std::size_t text = 0; text < 16; ++text) {  // 1024 tokens: the step after which pages are counted
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

TEST(EncoderMemory, ATableWithinItsLimitStaysResident) {
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

INSTANTIATE_TEST_SUITE_P(Kinds, EncoderMemory,
                         testing::Values(WeightKind::kFloat32, WeightKind::kHalf, WeightKind::kInt8),
                         [](const auto& kind) { return weight_kind_name(kind.param); });

}  // namespace
}  // namespace rappel
