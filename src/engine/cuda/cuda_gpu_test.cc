// CudaGpu on a fake CUDA runtime (test_cuda_runtime.h) with emulated kernels: results of an encoder with CUDA
// graphs, memory, failures, and detection of GPUs.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "engine/cuda/cuda_device.h"
#include "engine/cuda/kernels.h"
#include "engine/cuda/test_cuda_runtime.h"
#include "engine/cuda/test_emulated_gpu.h"
#include "engine/encoder.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/temp_dir.h"

namespace rappel {

cudaError_t cuda::start_kernel(const Command& command, cudaStream_t) {
  ++fake.kernels;
  fake.on_stream([command] { emulate(command); });
  return cudaSuccess;
}

namespace {

using cuda::fake;
using cuda::FakeCuda;

const HeadRequest kDense{.dense = true};

class CudaGpu : public testing::Test {
 protected:
  void SetUp() override {
    fake = FakeCuda();
    fake.computed_columns = 256;  // columns computed in trials; no batch here has more
    TestModelWriter({.bge_m3_heads = true, .hidden = 32, .layers = 1, .heads = 1, .intermediate = 48})
        .write(dir_.path());
    files_ = *ModelFiles::open(dir_.path());
  }
  void TearDown() override {
    encoder_.reset();
    device_.reset();
    EXPECT_EQ(fake.live, 0u) << "a resource was not released";
  }

  void open(WeightKind kind = WeightKind::kHalf) {
    encoder_.reset();
    auto device = make_cuda_device(0);
    ASSERT_TRUE(device.ok()) << device.status().to_string();
    device_ = std::move(device).value();
    auto encoder = Encoder::load(files_, *device_, {.kind = kind, .max_batch_tokens = 256});
    ASSERT_TRUE(encoder.ok()) << encoder.status().to_string();
    encoder_ = std::move(encoder).value();
  }

  Status forward(const Texts& texts, HeadOutputs& out, const HeadRequest& request = kDense) {
    return encoder_->forward(pack(texts, encoder_->config()), request, out);
  }
  std::vector<float> dense(const Texts& texts) {
    HeadOutputs out;
    const Status status = forward(texts, out);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return out.dense;
  }

  TempDir dir_;
  std::shared_ptr<const ModelFiles> files_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Encoder> encoder_;
};

TEST_F(CudaGpu, SecondPassOfASizeIsAGraphWithTheSameBits) {
  for (const WeightKind kind : {WeightKind::kHalf, WeightKind::kBfloat16, WeightKind::kInt8}) {
    SetUp();
    open(kind);
    const Texts text = random_texts({9});
    const std::vector<float> plain = dense(text);
    EXPECT_EQ(fake.captured + fake.launched, 0u);
    EXPECT_EQ(dense(text), plain);
    EXPECT_EQ(fake.captured, 1u);
    EXPECT_EQ(fake.launched, 1u);
    const std::size_t kernels = fake.kernels;
    EXPECT_EQ(dense(text), plain);
    EXPECT_EQ(fake.captured, 1u);
    EXPECT_EQ(fake.launched, 2u);
    EXPECT_EQ(fake.kernels, kernels) << "no kernel is launched individually";
    encoder_.reset();
    device_.reset();
  }
}

// A graph contains addresses: a replay must compute the current batch.
TEST_F(CudaGpu, GraphReplayComputesTheCurrentBatch) {
  std::vector<Texts> queries;
  for (std::size_t tokens : {2, 5, 16, 17, 30, 32, 50})
    for (int i = 0; i < 3; ++i) {
      Texts text = random_texts({tokens});
      for (std::int32_t& id : text[0]) id = (id + 7 * i) % 50;
      queries.push_back(text);
    }
  const Texts many = random_texts({20, 30, 40, 50});
  fake.no_capture = true;
  open();
  std::vector<std::vector<float>> wanted;
  for (const Texts& query : queries) wanted.push_back(dense(query));
  const std::vector<float> wanted_of_many = dense(many);
  EXPECT_EQ(fake.captured + fake.launched, 0u);

  fake.no_capture = false;
  open();
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < queries.size(); ++i)
      EXPECT_EQ(dense(queries[i]), wanted[i]) << round << " " << i;
    EXPECT_EQ(dense(many), wanted_of_many);
  }
  EXPECT_EQ(fake.captured, 4u) << "16, 32 and 64 tokens, and the batch of 140";
  EXPECT_EQ(fake.launched, 3 * queries.size() + 3 - 4) << "all except the first of each size";
}

TEST_F(CudaGpu, WithoutGraphsCommandsAreLaunchedIndividually) {
  fake.no_capture = true;
  open();
  const Texts text = random_texts({9});
  const std::vector<float> plain = dense(text);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(dense(text), plain);
  EXPECT_EQ(fake.launched, 0u);
}

TEST_F(CudaGpu, NumberOfGraphsIsLimitedAndTrimDropsThem) {
  open();
  const std::size_t before = fake.live;
  for (std::size_t texts = 1; texts <= 128; texts *= 2)  // 8 numbers of texts, 11 of tokens
    for (std::size_t tokens = texts; tokens <= 256; tokens += 16) {
      Texts batch(texts, Ids{3});
      batch.back().resize(tokens - texts + 1, 4);
      for (int pass = 0; pass < 2; ++pass) dense(batch);
    }
  EXPECT_GT(fake.captured, 64u);
  EXPECT_LE(fake.live, before + 64 + 5);  // and the blocks for small batches
  device_->trim();
  EXPECT_EQ(fake.live, before);
}

TEST_F(CudaGpu, FailureOfAnyAllocationLeaksNothing) {
  open();
  HeadOutputs out;
  ASSERT_TRUE(forward(random_texts({9, 30}), out, kEverything).ok());
  const std::size_t all = fake.allocated.size();
  encoder_.reset();
  device_.reset();
  ASSERT_GT(all, 30u);
  // The allocations after those of the model belong to trials and are all alike.
  for (std::size_t failing = 1; failing <= all; failing += failing < 45 ? 1 : 11) {
    fake = FakeCuda();
    fake.computed_columns = 48;
    fake.fail_allocation = failing;
    auto device = make_cuda_device(0);
    if (!device.ok()) {
      EXPECT_EQ(device.status().code(), Code::kResourceExhausted) << failing;
      EXPECT_EQ(fake.live, 0u) << failing;
      continue;
    }
    auto encoder = Encoder::load(files_, **device, {.kind = WeightKind::kHalf, .max_batch_tokens = 256});
    if (!encoder.ok()) {
      EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted) << failing;
    } else {  // a pass retries, and trials are skipped
      encoder_ = std::move(encoder).value();
      EXPECT_TRUE(forward(random_texts({9, 30}), out, kEverything).ok()) << failing;
      encoder_.reset();
    }
    device->reset();
    EXPECT_EQ(fake.live, 0u) << failing;
  }
}

TEST_F(CudaGpu, FailureIsPermanent) {
  open();
  HeadOutputs out;
  const Texts text = random_texts({9});
  fake.on_wait = cudaErrorIllegalAddress;
  const Status first = forward(text, out);
  EXPECT_EQ(first.code(), Code::kUnavailable);
  fake.on_wait = cudaSuccess;
  const Status second = forward(text, out);
  EXPECT_EQ(second.code(), Code::kUnavailable);
  EXPECT_NE(second.message().find("has failed before"), std::string::npos) << second.message();
}

TEST(CudaMachines, ReportNamesTheReason) {
  const auto report = [](FakeCuda machine) {
    fake = std::move(machine);
    return cuda_report();
  };
  FakeCuda none;
  none.driver = 0;
  none.starting = cudaErrorInsufficientDriver;
  EXPECT_NE(report(none).reason.find("no NVIDIA driver"), std::string::npos);
  FakeCuda old = none;
  old.driver = 12040;
  EXPECT_NE(report(old).reason.find("it has CUDA 12.4"), std::string::npos) << report(old).reason;
  FakeCuda empty;
  empty.gpus.clear();
  EXPECT_NE(report(empty).reason.find("sees no GPU"), std::string::npos);
  FakeCuda ancient;
  ancient.gpus = {{.name = "Old", .major = 7, .minor = 0}};
  EXPECT_NE(report(ancient).reason.find("compute capability 7.5 is needed"), std::string::npos);
  EXPECT_FALSE(make_cuda_device(0).ok());
  FakeCuda two;
  two.gpus = {{.name = "Old", .major = 7, .minor = 0}, {.name = "New", .major = 12, .minor = 0}};
  const CudaReport both = report(two);
  ASSERT_EQ(both.devices.size(), 2u);
  EXPECT_FALSE(both.has_first());
  EXPECT_TRUE(both.devices[1].refused.empty());
  EXPECT_NE(both.devices[1].description.find("New, 8.0 GiB, compute capability 12.0"), std::string::npos)
      << both.devices[1].description;
  const auto second = make_cuda_device(1);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ((*second)->info().name, "cuda:1");
  EXPECT_NE(make_cuda_device(2).status().message().find("cuda:0 to cuda:1"), std::string::npos);
}

}  // namespace
}  // namespace rappel
