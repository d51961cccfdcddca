// The encoder with random weights: agreement of devices, independence of results from the batch and the
// number of threads, limits, and error messages.
#include "engine/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <thread>

#include "engine/reference/reference_device.h"
#include "engine/test_allocations.h"
#include "engine/test_encoder_devices.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

HeadOutputs run(Encoder& encoder, const std::vector<Ids>& texts, const HeadRequest& request) {
  HeadOutputs outputs;
  const Status status = encoder.forward(pack(texts, encoder.config()), request, outputs);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return outputs;
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, double bar) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], bar) << "at " << i;
}

class EncoderOnDevice : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RAPPEL_SKIP_WITHOUT_DEVICE(GetParam()); }
  std::unique_ptr<Encoder> load(const TestModel& model, Device& device, std::size_t budget = 8192) {
    auto encoder = Encoder::load(test_model(model, dir_.path()), device, {.max_batch_tokens = budget});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    return std::move(encoder).value();
  }

  double bar(double own) const { return std::max(own, least_bar(GetParam())); }
  // Bit-identical, or as close as the device guarantees.
  void expect_same(std::span<const float> a, std::span<const float> b) const {
    ASSERT_EQ(a.size(), b.size());
    const double off = device_->info().same_bits ? 0 : bar(0);
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], off) << "at " << i;
  }

  TempDir dir_;
  ThreadPool pool_{3};
  std::unique_ptr<Device> reference_ = make_reference_device();
  std::unique_ptr<Device> device_ = make_test_device(pool_, GetParam());
};

TEST_P(EncoderOnDevice, MatchesTheReferenceDevice) {
  const auto texts = random_texts({1, 2, 3, 7, 15, 16, 17, 33, 40, 1, 129, 200});
  // Head sizes and widths around and between multiples of the vector width.
  for (const auto& [hidden, heads, intermediate] :
       {std::tuple(40, 5, 72), std::tuple(21, 3, 37), std::tuple(64, 1, 300)}) {
    const TestModel model{
        .bge_m3_heads = true, .hidden = hidden, .heads = heads, .intermediate = intermediate};
    const HeadOutputs ours = run(*load(model, *device_), texts, kEverything);
    const HeadOutputs judge = run(*load(model, *reference_), texts, kEverything);
    expect_near(ours.hidden, judge.hidden, bar(2e-5));
    expect_near(ours.dense, judge.dense, bar(1e-5));
    expect_near(ours.colbert, judge.colbert, bar(1e-5));
    expect_near(ours.token_weights, judge.token_weights, bar(2e-5));
  }
}

TEST_P(EncoderOnDevice, ClassifiersMatchTheReferenceDevice) {
  const auto texts = random_texts({5, 1, 30, 64});
  for (const Family family : {Family::kXlmRoberta, Family::kBert}) {
    const TestModel model{.family = family, .classifier = true};
    expect_near(run(*load(model, *device_), texts, {.logits = true}).logits,
                run(*load(model, *reference_), texts, {.logits = true}).logits, bar(2e-5));
  }
}

TEST_P(EncoderOnDevice, ResultsDoNotDependOnBatchOrThreads) {
  const auto texts = random_texts({3, 150, 1, 40, 16, 17, 300, 8, 29, 2, 95});
  const TestModel model{.bge_m3_heads = true, .hidden = 48, .heads = 4, .intermediate = 600};
  const auto encoder = load(model, *device_);
  const HeadOutputs together = run(*encoder, texts, kEverything);
  std::size_t token = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const HeadOutputs alone = run(*encoder, {texts[i]}, kEverything);
    expect_same(alone.dense, std::span(together.dense).subspan(i * 48, 48));
    expect_same(alone.hidden, std::span(together.hidden).subspan(token * 48, alone.hidden.size()));
    expect_same(alone.token_weights,
                std::span(together.token_weights).subspan(token, alone.token_weights.size()));
    expect_same(alone.colbert, std::span(together.colbert).subspan((token - i) * 48, alone.colbert.size()));
    token += texts[i].size();
  }
  // Computing the last layer for first tokens only gives the same bits.
  expect_same(run(*encoder, texts, {.dense = true}).dense, together.dense);
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    const auto device = make_test_device(pool, GetParam());
    const HeadOutputs other = run(*load(model, *device), texts, kEverything);
    expect_same(other.hidden, together.hidden);
    expect_same(other.dense, together.dense);
    expect_same(other.colbert, together.colbert);
  }
}

TEST_P(EncoderOnDevice, LongTextMatchesTheReferenceDevice) {
  const auto texts = random_texts({longest_test_text(GetParam())});
  const TestModel model{.hidden = 16, .layers = 1, .heads = 2, .intermediate = 16};
  const HeadOutputs ours = run(*load(model, *device_), texts, {.dense = true, .hidden = true});
  for (const float value : ours.hidden) ASSERT_TRUE(std::isfinite(value));
  if (GetParam() != fastest_test_device()) return;  // the reference device needs seconds
  expect_near(ours.hidden, run(*load(model, *reference_), texts, {.dense = true, .hidden = true}).hidden,
              bar(2e-5));
}

TEST_P(EncoderOnDevice, LargeAndSmallActivationsStayFinite) {
  TestModelWriter writer({.bge_m3_heads = true});
  writer.add("encoder.layer.0.attention.self.query.weight", {40, 40}, 300.0f);
  writer.add("encoder.layer.0.attention.self.key.weight", {40, 40}, 300.0f);
  writer.add("encoder.layer.1.intermediate.dense.weight", {72, 40}, 1e4f);
  writer.add("embeddings.LayerNorm.weight", {40},
             0.0f);  // every row becomes the shift alone, so the variance is 0 afterwards
  writer.add("embeddings.LayerNorm.bias", {40}, 0.0f, 1.0f);
  writer.write(dir_.path());
  auto encoder = Encoder::load(*ModelFiles::open(dir_.path()), *device_, {});
  ASSERT_TRUE(encoder.ok()) << encoder.status().to_string();
  const HeadOutputs out = run(**encoder, random_texts({1, 70, 300}), kEverything);
  for (const auto* values : {&out.hidden, &out.dense, &out.colbert, &out.token_weights})
    for (const float value : *values) ASSERT_TRUE(std::isfinite(value));
}

TEST_P(EncoderOnDevice, ForwardIsThreadSafe) {
  const auto texts = random_texts({3, 30, 12});
  const TestModel model{.bge_m3_heads = true};
  const auto encoder = load(model, *device_);
  TempDir other_dir;
  auto other = Encoder::load(test_model({.hidden = 24, .heads = 2}, other_dir.path()), *device_, {});
  ASSERT_TRUE(other.ok());
  const HeadOutputs expected = run(*encoder, texts, kEverything);
  const HeadOutputs expected_other = run(**other, texts, {.dense = true});
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        EXPECT_EQ(run(*encoder, texts, kEverything).hidden, expected.hidden);
        EXPECT_EQ(run(**other, texts, {.dense = true}).dense, expected_other.dense);
      }
    });
  for (auto& caller : callers) caller.join();
}

TEST_P(EncoderOnDevice, SecondForwardPassDoesNotAllocate) {
  if (device_->info().name != "cpu") GTEST_SKIP() << "only the CPU device guarantees this";
  const auto encoder = load({.bge_m3_heads = true}, *device_);
  const PackedTokens batch = pack(random_texts({3, 30, 12, 200}), encoder->config());
  HeadOutputs outputs;
  ASSERT_TRUE(encoder->forward(batch, kEverything, outputs).ok());
  const std::size_t before = allocations_so_far();
  Status status = encoder->forward(batch, kEverything, outputs);
  EXPECT_EQ(allocations_so_far(), before);
  EXPECT_TRUE(status.ok());
}

INSTANTIATE_TEST_SUITE_P(Targets, EncoderOnDevice, testing::ValuesIn(test_devices()),
                         [](const auto& test) { return test.param; });

class EncoderRefusals : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto encoder = Encoder::load(test_model({.bge_m3_heads = true, .positions = 20}, dir_.path()), *device_,
                                 {.max_batch_tokens = 30});
    ASSERT_TRUE(encoder.ok()) << encoder.status().to_string();
    encoder_ = std::move(*encoder);
  }

  Status forward(const PackedTokens& batch, const HeadRequest& request = {.dense = true}) {
    return encoder_->forward(batch, request, outputs_);
  }
  std::string refusal(const PackedTokens& batch, const HeadRequest& request = {.dense = true}) {
    const Status status = forward(batch, request);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return status.message();
  }

  TempDir dir_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_test_device(pool_, GetParam());
  std::unique_ptr<Encoder> encoder_;
  HeadOutputs outputs_;
};

TEST_P(EncoderRefusals, IdsOutsideTheTables) {
  const PackedTokens good = pack({{5, 6}, {7}}, encoder_->config());
  EXPECT_TRUE(forward(good).ok());
  const auto with = [&](auto change) {
    PackedTokens batch = good;
    change(batch);
    return refusal(batch);
  };
  EXPECT_EQ(with([](PackedTokens& b) { b.ids[1] = 50; }), "id 50 of token 1 is outside the model's 50 rows");
  EXPECT_EQ(with([](PackedTokens& b) { b.ids[2] = -1; }), "id -1 of token 2 is outside the model's 50 rows");
  EXPECT_EQ(with([](PackedTokens& b) { b.positions[0] = 20; }),
            "position 20 of token 0 is outside the model's 20 rows");
  EXPECT_EQ(with([](PackedTokens& b) {
              b.type_ids = {0, 1, 2};
            }),
            "token type 2 of token 2 is outside the model's 2 rows");
  EXPECT_EQ(with([](PackedTokens& b) { b.type_ids = {0}; }), "the batch needs one token type per token");
  EXPECT_EQ(with([](PackedTokens& b) { b.positions.pop_back(); }), "the batch needs one position per token");
  EXPECT_EQ(with([](PackedTokens& b) { b.starts = {0, 2, 2, 3}; }), "text 1 of the batch has no tokens");
  EXPECT_EQ(with([](PackedTokens& b) { b.starts = {0, 5, 3}; }), "text 1 of the batch has no tokens");
  EXPECT_EQ(with([](PackedTokens& b) { b.starts = {0, 2}; }), "the batch's texts do not cover its tokens");
  EXPECT_EQ(with([](PackedTokens& b) { b.starts = {1, 3}; }), "the batch's texts do not cover its tokens");
  EXPECT_EQ(with([](PackedTokens& b) { b.starts.clear(); }), "the batch's texts do not cover its tokens");
  EXPECT_TRUE(forward(good).ok());
}

TEST_P(EncoderRefusals, TooManyTokensForTheBudget) {
  EXPECT_TRUE(forward(pack({Ids(15, 4), Ids(15, 4)}, encoder_->config())).ok());
  EXPECT_EQ(refusal(pack({Ids(16, 4), Ids(15, 4)}, encoder_->config())),
            "a batch of 31 tokens is over the budget of 30");
  EXPECT_EQ(refusal(pack({Ids(19, 4)}, encoder_->config())),
            "position 20 of token 18 is outside the model's 20 rows");
}

TEST_P(EncoderRefusals, BudgetLargerThanMemory) {
  TempDir plain;
  const auto files = test_model({}, plain.path());
  for (const std::size_t tokens : {std::size_t{1} << 44, std::size_t{1} << 61}) {
    const auto encoder = Encoder::load(files, *device_, {.max_batch_tokens = tokens});
    ASSERT_FALSE(encoder.ok());
    EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted);
  }
}

TEST_P(EncoderRefusals, EmptyBatchGivesNoRows) {
  outputs_.dense.assign(5, 1.0f);
  EXPECT_TRUE(forward(PackedTokens(), {.dense = true, .sparse = true}).ok());
  EXPECT_TRUE(outputs_.dense.empty());
  EXPECT_TRUE(outputs_.token_weights.empty());
}

TEST_P(EncoderRefusals, MissingHeads) {
  const PackedTokens batch = pack({{5, 6}}, encoder_->config());
  EXPECT_EQ(refusal(batch, {.logits = true}), "the model has no classification head (classifier)");
  EXPECT_EQ(refusal(batch, {.dense = true, .dimensions = -1}), "dimensions must not be negative");
  TempDir plain;
  auto encoder = Encoder::load(test_model({}, plain.path()), *device_, {});
  ASSERT_TRUE(encoder.ok());
  EXPECT_FALSE((*encoder)->has_sparse());
  EXPECT_FALSE((*encoder)->has_colbert());
  encoder_ = std::move(*encoder);
  EXPECT_EQ(refusal(batch, {.sparse = true}), "the model has no lexical weights (sparse_linear)");
  EXPECT_EQ(refusal(batch, {.colbert = true}), "the model has no multi-vector rows (colbert_linear)");
}

TEST_P(EncoderRefusals, ErrorsNameMissingAndMisshapenTensors) {
  for (const bool missing : {true, false}) {
    TempDir broken;
    TestModelWriter writer(TestModel{});
    const std::string name = "encoder.layer.1.output.dense.weight";
    if (missing)
      writer.drop(name);
    else
      writer.add(name, {40, 71}, 1.0f);
    writer.write(broken.path());
    const auto files = ModelFiles::open(broken.path());
    ASSERT_TRUE(files.ok()) << files.status().to_string();
    const auto encoder = Encoder::load(*files, *device_, {});
    ASSERT_FALSE(encoder.ok());
    EXPECT_NE(encoder.status().message().find(name), std::string::npos) << encoder.status().message();
  }
}

TEST_P(EncoderRefusals, DimensionsTruncateBeforeNormalization) {
  const PackedTokens batch = pack({{5, 6, 7}}, encoder_->config());
  ASSERT_TRUE(forward(batch, {.dense = true, .colbert = true, .dimensions = 8}).ok());
  const HeadOutputs cut = outputs_;
  ASSERT_TRUE(forward(batch, {.dense = true, .colbert = true, .dimensions = 400}).ok());
  EXPECT_EQ(outputs_.dense_dim, 40);
  ASSERT_EQ(cut.dense.size(), 8u);
  ASSERT_EQ(cut.colbert.size(), 16u);
  double squares = 0;
  for (const float value : cut.dense) squares += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(squares, 1, 1e-6);
  EXPECT_NEAR(cut.dense[0] / cut.dense[1], outputs_.dense[0] / outputs_.dense[1], 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Fastest, EncoderRefusals, testing::Values(fastest_test_device()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace rappel
