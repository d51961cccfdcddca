// Specifics of the Metal device: buffers as graph nodes, memory limits, failures, fused kernels. The encoder
// tests, which also run on this device, check its numerical results.
#include "engine/metal/metal_device.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <span>
#include <stdexcept>
#include <thread>

#include "engine/encoder.h"
#include "engine/test_encoder_devices.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr std::size_t kMiB = 1 << 20;

class MetalDeviceTest : public testing::Test {
 protected:
  std::unique_ptr<Device> device(std::size_t memory_bytes = 0) {
    auto made = make_metal_device({.memory_bytes = memory_bytes, .cpu_backend = true});
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return std::move(made).value();
  }
  std::unique_ptr<Encoder> load(Device& on, const TestModel& model = {}) {
    auto encoder = Encoder::load(test_model(model, dir_.path()), on, {});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    return std::move(encoder).value();
  }
  static HeadOutputs run(Encoder& encoder, const Texts& texts) {
    HeadOutputs outputs;
    const Status status = encoder.forward(pack(texts, encoder.config()), {.dense = true}, outputs);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return outputs;
  }

  TempDir dir_;
};

TEST_F(MetalDeviceTest, InfoDescribesTheDevice) {
  const auto mps = device();
  EXPECT_EQ(mps->info().name, "mps");
  EXPECT_EQ(mps->info().description.rfind("mps: ", 0), 0u) << mps->info().description;
  EXPECT_EQ(mps->info().preferred, WeightKind::kFloat32);
  EXPECT_TRUE(mps->supports(WeightKind::kHalf));
  EXPECT_FALSE(mps->supports(WeightKind::kInt8));
}

TEST_F(MetalDeviceTest, WithoutMetalOnlyTheCpuBackendIsAvailable) {
  const auto made = make_metal_device({});
  EXPECT_EQ(made.ok(), metal_present());
  if (!made.ok()) {
    EXPECT_EQ(made.status().code(), Code::kUnsupported);
    EXPECT_NE(made.status().message().find("no Metal GPU"), std::string::npos);
  }
}

// Ops on parts of a buffer: rows that were not written are zero, other rows keep their content.
TEST_F(MetalDeviceTest, BuffersKeepEarlierWrites) {
  const auto mps = device();
  TestModelWriter writer({.hidden = 8, .heads = 1});
  std::vector<float> weights{2, 0, 0, 3}, bias{1, -1}, ones{1, 1}, zeros{0, 0}, table{1, 2, 3, 4};
  const auto view = [](const std::vector<float>& values, std::vector<std::int64_t> shape) {
    TensorView tensor;
    tensor.dtype = DType::kF32;
    tensor.shape = std::move(shape);
    tensor.bytes = std::as_bytes(std::span(values));
    return tensor;
  };
  const std::vector<LinearPart> parts{{view(weights, {2, 2}), view(bias, {2})}};
  const auto linear = *mps->upload_linear(parts, WeightKind::kFloat32, {});
  const auto words = *mps->upload_table(view(table, {2, 2})), none = *mps->upload_table(view(zeros, {1, 2}));
  const auto norm = *mps->upload_norm(view(ones, {2}), view(zeros, {2}), 1e-12f);
  const auto x = *mps->allocate(4, 3), y = *mps->allocate(4, 4);
  PackedTokens batch;
  batch.ids = {0, 1, 0};
  batch.positions = {0, 0, 0};
  batch.starts = {0, 1, 3};
  std::vector<float> unwritten(16, 7), after(16, 7), tails(2, 7);
  const auto forward = [&](Pass& pass) {
    pass.embed({words.get(), none.get(), none.get(), norm.get()}, *x);  // rows (-1, 1)
    pass.download(*y, 4, 4, unwritten.data());
    pass.linear(*linear, *x, 3, Epilogue::kNone, nullptr, *y);            // rows (-1, 2)
    pass.linear(*linear, {*x, 1}, 2, Epilogue::kRelu, nullptr, {*y, 2});  // rows 2, 3: (0, 2)
    pass.linear(*linear, *x, 1, Epilogue::kResidual, x.get(), *y);        // row 0: (-2, 3)
    pass.download(*y, 4, 4, after.data());
    pass.download_tails(*y, 2, tails.data());
  };
  for (int pass = 0; pass < 2; ++pass) {
    const Status status = mps->run(batch, forward);
    ASSERT_TRUE(status.ok()) << status.to_string();
    EXPECT_EQ(unwritten, std::vector<float>(16, 0)) << "in pass " << pass;
    const std::vector<float> wanted{-2, 3, 0, 0, -1, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0};
    for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(after[i], wanted[i], 1e-4) << i;
    EXPECT_NEAR(tails[0], 0, 1e-4);
    EXPECT_NEAR(tails[1], 2, 1e-4);
  }
}

TEST_F(MetalDeviceTest, TooLargeBatchIsRejectedAndASmallerOneRuns) {
  const TestModel model{.hidden = 64, .heads = 4, .intermediate = 256};
  const Texts many = random_texts(std::vector<std::size_t>(100, 40)), few = random_texts({40, 7});
  std::vector<float> wanted;
  {
    const auto ample = device();
    wanted = run(*load(*ample, model), few).dense;
  }
  const auto mps = device(8 * kMiB);
  const auto encoder = load(*mps, model);
  for (int round = 0; round < 3; ++round) {
    HeadOutputs outputs;
    const Status status = encoder->forward(pack(many, encoder->config()), {.dense = true}, outputs);
    EXPECT_EQ(status.code(), Code::kResourceExhausted) << status.to_string();
    EXPECT_NE(status.message().find("a batch of 4000 tokens"), std::string::npos) << status.message();
    mps->trim();
    EXPECT_EQ(run(*encoder, few).dense, wanted);
  }
}

TEST_F(MetalDeviceTest, TooLargeWeightsAndBuffersAreRejected) {
  const auto mps = device(kMiB / 8);
  const auto encoder =
      Encoder::load(test_model({.hidden = 64, .heads = 4, .intermediate = 1024}, dir_.path()), *mps,
                    {.max_batch_tokens = 8});
  ASSERT_FALSE(encoder.ok());
  EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted);
  EXPECT_NE(encoder.status().message().find("the weights of a layer"), std::string::npos);
  EXPECT_EQ(mps->allocate(1 << 20, 64).status().code(), Code::kResourceExhausted);
}

TEST_F(MetalDeviceTest, CountsItsMemory) {
  const auto mps = device(64 * kMiB);
  const std::uint64_t before = mps->memory().used;
  {
    const auto encoder = load(*mps, {.hidden = 64, .heads = 4, .intermediate = 1024});
    EXPECT_GE(mps->memory().used, before + kMiB) << "two layers have 1.1 MB";
    const std::uint64_t loaded = mps->memory().used;
    (void)run(*encoder, random_texts({40, 7}));
    EXPECT_GT(mps->memory().peak, loaded);
  }
  EXPECT_LT(mps->memory().used, before + kMiB / 2);
  EXPECT_EQ(mps->memory().limit, 64 * kMiB);
  EXPECT_EQ(device()->memory().limit, 0u);
}

// Throws the messages of MLX, because provoking the real failures would crash or block this machine.
TEST_F(MetalDeviceTest, ExceptionOfMlxBecomesAStatusAndTheNextPassRuns) {
  const auto mps = device();
  const auto encoder = load(*mps);
  const Texts texts = random_texts({5, 9});
  const std::vector<float> wanted = run(*encoder, texts).dense;
  const PackedTokens batch = pack(texts, encoder->config());
  const auto thrown = [&](const char* words) {
    return mps->run(batch, [words](Pass&) { throw std::runtime_error(words); });
  };
  EXPECT_EQ(thrown("[malloc] Unable to allocate 99 bytes.").code(), Code::kResourceExhausted);
  EXPECT_EQ(run(*encoder, texts).dense, wanted);
  EXPECT_EQ(thrown("[METAL] Command buffer execution failed: Internal Error").code(), Code::kUnavailable);
  EXPECT_EQ(run(*encoder, texts).dense, wanted);
}

TEST_F(MetalDeviceTest, FusedKernelsMatch) {
  const TempDir cache;
  setenv("TMPDIR", cache.path().c_str(), 1);  // where MLX stores kernels compiled for the CPU
  auto joined = make_metal_device({.cpu_backend = true, .compile_on_cpu = true});
  ASSERT_TRUE(joined.ok()) << joined.status().to_string();
  const auto plain = device();
  const Texts texts = random_texts({5, 30, 1});
  for (const WeightKind kind : {WeightKind::kFloat32, WeightKind::kHalf}) {
    const auto files = test_model({}, dir_.path());
    const auto one = *Encoder::load(files, *plain, {.kind = kind}),
               other = *Encoder::load(files, **joined, {.kind = kind});
    const std::vector<float> a = run(*one, texts).dense, b = run(*other, texts).dense;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_NEAR(a[i], b[i], kind == WeightKind::kHalf ? 2e-3 : 1e-5) << weight_kind_name(kind);
  }
  unsetenv("TMPDIR");
}

TEST_F(MetalDeviceTest, TwoDevicesAndManyThreadsInOneProcess) {
  const auto one = device(), two = device();
  const auto first = load(*one);
  TempDir other_dir;
  const auto second = *Encoder::load(test_model({.hidden = 24, .heads = 2}, other_dir.path()), *two, {});
  const Texts texts = random_texts({3, 30, 12});
  const auto wanted = run(*first, texts).dense, wanted_second = run(*second, texts).dense;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(run(*first, texts).dense, wanted);
        EXPECT_EQ(run(*second, texts).dense, wanted_second);
        if (round == 2) two->trim();
      }
    });
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace rappel
