// Encoders with quantized weights on every instruction set: close to float32, and independent of the batch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "engine/encoder.h"
#include "engine/test_allocations.h"
#include "engine/test_encoder_devices.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

struct Likeness {
  double least = 1, mean = 0;
};

// Cosine similarity of the vectors of each text; rows have length 1.
Likeness likeness(const std::vector<float>& a, const std::vector<float>& b, std::size_t columns) {
  Likeness like;
  const std::size_t rows = a.size() / columns;
  for (std::size_t row = 0; row < rows; ++row) {
    double dot = 0;
    for (std::size_t i = row * columns; i < (row + 1) * columns; ++i)
      dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    like.least = std::min(like.least, dot);
    like.mean += dot / static_cast<double>(rows);
  }
  return like;
}

using DeviceAndKind = std::pair<std::string, WeightKind>;

class EncoderKinds : public testing::TestWithParam<DeviceAndKind> {
 protected:
  void SetUp() override {
    RAPPEL_SKIP_WITHOUT_DEVICE(GetParam().first);
    if (!device_->supports(kind())) GTEST_SKIP() << "no " << weight_kind_name(kind()) << " on this device";
  }
  WeightKind kind() const { return GetParam().second; }
  // TF32 is closer to float32 than half.
  double bar(double half, double bfloat16, double int8) const {
    if (kind() == WeightKind::kHalf || kind() == WeightKind::kTf32) return half;
    return kind() == WeightKind::kBfloat16 ? bfloat16 : int8;
  }
  bool slow() const { return is_slow_device(GetParam().first); }

  std::unique_ptr<Encoder> load(const std::filesystem::path& folder, Device& device, WeightKind kind) {
    auto files = ModelFiles::open(folder);
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    auto encoder = Encoder::load(*files, device, {.kind = kind});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    return std::move(encoder).value();
  }

  std::unique_ptr<Encoder> load(const TestModel& model, Device& device, WeightKind kind) {
    TestModelWriter(model).write(dir_.path());
    return load(dir_.path(), device, kind);
  }

  static HeadOutputs run(Encoder& encoder, const Texts& texts, const HeadRequest& request) {
    HeadOutputs outputs;
    const Status status = encoder.forward(pack(texts, encoder.config()), request, outputs);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return outputs;
  }

  // Bit-identical, or equal up to the rounding of 16-bit numbers if the device guarantees no more.
  void expect_same(std::span<const float> a, std::span<const float> b) const {
    ASSERT_EQ(a.size(), b.size());
    const double off = device_->info().same_bits ? 0 : 2e-2;
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], off) << "at " << i;
  }

  // Dense vectors of the golden texts of a model, compared with float32 on the same device.
  Likeness golden_likeness(const std::string& name, const std::filesystem::path& folder, std::size_t most) {
    Texts texts;
    for (const Json& row : read_json_lines(*shared_data("goldens-models/" + name + ".texts.jsonl")))
      if (texts.size() < most && row["input_ids"].size() <= 300) texts.push_back(row["input_ids"].get<Ids>());
    const auto exact = load(folder, *device_, WeightKind::kFloat32), reduced = load(folder, *device_, kind());
    HeadOutputs wanted, got;
    for (const Ids& text : texts) {
      const HeadOutputs a = run(*exact, {text}, {.dense = true}), b = run(*reduced, {text}, {.dense = true});
      wanted.dense.insert(wanted.dense.end(), a.dense.begin(), a.dense.end());
      got.dense.insert(got.dense.end(), b.dense.begin(), b.dense.end());
    }
    EXPECT_NE(wanted.dense, got.dense) << "float32 answered";
    return likeness(wanted.dense, got.dense, wanted.dense.size() / texts.size());
  }

  TempDir dir_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_test_device(pool_, GetParam().first);
};

TEST_P(EncoderKinds, RandomModelsAreCloseToFloat32) {
  const Texts texts = random_texts({1, 2, 7, 16, 17, 33, 129, 200});
  for (const Family family : {Family::kXlmRoberta, Family::kBert}) {
    const TestModel model{
        .family = family, .bge_m3_heads = true, .hidden = 48, .heads = 4, .intermediate = 300};
    const HeadOutputs exact = run(*load(model, *device_, WeightKind::kFloat32), texts, kEverything);
    const HeadOutputs ours = run(*load(model, *device_, kind()), texts, kEverything);
    EXPECT_NE(ours.hidden, exact.hidden) << "float32 answered";
    EXPECT_GE(likeness(ours.dense, exact.dense, 48).least, bar(0.9995, 0.999, 0.99));
    EXPECT_GE(likeness(ours.colbert, exact.colbert, 48).mean, bar(0.9995, 0.999, 0.99));
  }
}

TEST_P(EncoderKinds, ResultsDoNotDependOnBatchOrThreads) {
  const Texts texts = random_texts({3, 150, 1, 40, 16, 17, 8, 29, 2, 95, 260});
  const TestModel model{.bge_m3_heads = true, .hidden = 48, .heads = 4, .intermediate = 600};
  const auto encoder = load(model, *device_, kind());
  const HeadOutputs together = run(*encoder, texts, kEverything);
  std::size_t token = 0;
  for (const Ids& text : texts) {
    const HeadOutputs alone = run(*encoder, {text}, kEverything);
    expect_same(alone.hidden, std::span(together.hidden).subspan(token * 48, alone.hidden.size()));
    token += text.size();
  }
  for (const int threads : {1, 5}) {
    ThreadPool pool(threads);
    const auto device = make_test_device(pool, GetParam().first);
    expect_same(run(*load(model, *device, kind()), texts, kEverything).hidden, together.hidden);
  }
}

TEST_P(EncoderKinds, LargeAndSmallActivationsStayFinite) {
  TestModelWriter writer({.bge_m3_heads = true});
  writer.add("encoder.layer.0.attention.self.query.weight", {40, 40}, 300.0f);
  writer.add("encoder.layer.0.intermediate.dense.weight", {72, 40}, 1e4f);
  writer.add("encoder.layer.1.intermediate.dense.weight", {72, 40}, 1e-30f);
  writer.write(dir_.path());
  const HeadOutputs out = run(*load(dir_.path(), *device_, kind()), random_texts({1, 70, 300}), kEverything);
  for (const auto* values : {&out.hidden, &out.dense, &out.colbert, &out.token_weights})
    for (const float value : *values) ASSERT_TRUE(std::isfinite(value));
}

TEST_P(EncoderKinds, SecondForwardPassDoesNotAllocate) {
  if (device_->info().name != "cpu") GTEST_SKIP() << "only the CPU device guarantees this";
  const auto encoder = load(TestModel{.bge_m3_heads = true}, *device_, kind());
  const PackedTokens batch = pack(random_texts({3, 30, 12, 200}), encoder->config());
  HeadOutputs outputs;
  ASSERT_TRUE(encoder->forward(batch, kEverything, outputs).ok());
  const std::size_t before = allocations_so_far();
  const Status status = encoder->forward(batch, kEverything, outputs);
  EXPECT_EQ(allocations_so_far(), before);
  EXPECT_TRUE(status.ok());
}

TEST_P(EncoderKinds, TinyBgeM3VectorsAreCloseToFloat32) {
  const auto folder = linked_model("tiny-bge-m3", dir_.path() / "model");
  if (!folder) GTEST_SKIP() << missing_shared_data();
  const Likeness like = golden_likeness("tiny-bge-m3", *folder, slow() ? 20 : 100);
  RecordProperty("cosine", "least " + std::to_string(like.least) + ", mean " + std::to_string(like.mean));
  EXPECT_GE(like.least, bar(0.9995, 0.999, 0.98));
  EXPECT_GE(like.mean, bar(0.9999, 0.9998, 0.99));
}

TEST_P(EncoderKinds, MiniLmVectorsAreCloseToFloat32) {
  const auto folder = minilm_model();
  if (!shared_data("goldens-models")) GTEST_SKIP() << missing_shared_data();
  if (!folder)
    GTEST_SKIP()
        << "all-MiniLM-L6-v2 not found: run scripts/fetch-models all-MiniLM-L6-v2 or set RAPPEL_MINILM";
  const Likeness like = golden_likeness("all-MiniLM-L6-v2", *folder, slow() ? 6 : 60);
  RecordProperty("cosine", "least " + std::to_string(like.least) + ", mean " + std::to_string(like.mean));
  // Measured: half 0.99997 and 0.99998 (bfloat16; fixed point is closer); int8 0.9961 and 0.9984 with
  // activations of 8 bits, 0.9850 and 0.9948 with 7 (AVX2, AVX-512 without VNNI); on an emulated GPU, six
  // texts, half 0.999999, bfloat16 0.99996 and 0.99997, int8 0.9952 and 0.9973.
  EXPECT_GE(like.least, bar(0.9999, 0.9999, 0.98));
  EXPECT_GE(like.mean, bar(0.99995, 0.99995, 0.994));
}

INSTANTIATE_TEST_SUITE_P(Targets, EncoderKinds, testing::ValuesIn(test_device_kinds()), [](const auto& test) {
  return test.param.first + "_" + weight_kind_name(test.param.second);
});

}  // namespace
}  // namespace rappel
