// Injected faults: a device out of memory, one that fails sometimes, one that is lost. Needs no GPU.
#include "embed/local/resilient_encoder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <map>
#include <thread>

#include "base/thread_pool.h"
#include "embed/local/batch_tuning.h"
#include "embed/local/scheduler.h"
#include "engine/cpu/cpu_device.h"
#include "engine/test_faulty_device.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

void expect_same(const HeadOutputs& got, const HeadOutputs& want) {
  EXPECT_EQ(got.dense, want.dense);
  EXPECT_EQ(got.dense_dim, want.dense_dim);
  EXPECT_EQ(got.token_weights, want.token_weights);
  EXPECT_EQ(got.colbert, want.colbert);
  EXPECT_EQ(got.colbert_dim, want.colbert_dim);
  EXPECT_EQ(got.hidden, want.hidden);
}

class ResilientEncoderTest : public testing::Test {
 protected:
  void SetUp() override { TestModelWriter({.bge_m3_heads = true}).write(dir_.path()); }

  std::unique_ptr<ResilientEncoder> load(Device& device, Device* fallback) {
    auto encoder = ResilientEncoder::load(*ModelFiles::open(dir_.path()), device, {.max_batch_tokens = 4096},
                                          {fallback, logger_.get(), "embedder"});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    return std::move(encoder).value();
  }
  HeadOutputs run(ResilientEncoder& encoder, const std::vector<Ids>& texts) {
    HeadOutputs outputs;
    const Status status = encoder.forward(pack(texts, encoder.config()), kEverything, outputs);
    EXPECT_TRUE(status.ok()) << status.to_string();
    return outputs;
  }

  TempDir dir_;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  ThreadPool pool_{2};
  std::unique_ptr<Device> cpu_ = make_cpu_device(pool_, {});
  FaultyDevice faulty_{*cpu_};
  const std::vector<Ids> texts_ = random_texts({30, 700, 3, 400, 90, 1, 500, 64, 200});
};

TEST_F(ResilientEncoderTest, LogsPassesAtDebugLevel) {
  const auto encoder = load(*cpu_, nullptr);
  run(*encoder, random_texts({30, 70}));
  EXPECT_NE(log_.find("embedder: cpu: a pass of 100 tokens in 2 texts took "), std::string::npos) << log_;
  log_.clear();
  logger_ = Logger::to_string(&log_, LogLevel::kInfo);
  run(*load(*cpu_, nullptr), texts_);
  EXPECT_EQ(log_, "");
}

TEST_F(ResilientEncoderTest, TruncatedModelFileIsAnErrorThatNamesIt) {
  const auto encoder = load(*cpu_, nullptr);
  run(*encoder, random_texts({30}));
  std::filesystem::resize_file(dir_.path() / "model.safetensors", 1000);
  for (int i = 0; i < 2; ++i) {
    HeadOutputs outputs;
    const Status status = encoder->forward(pack(texts_, encoder->config()), kEverything, outputs);
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_EQ(status.id(), "model-damaged");
    EXPECT_NE(status.message().find("model.safetensors"), std::string::npos) << status.message();
  }
  EXPECT_TRUE(encoder->health().lost);
  EXPECT_NE(encoder->health().trouble.find("model.safetensors"), std::string::npos);
  EXPECT_NE(log_.find("model.safetensors"), std::string::npos);
}

TEST_F(ResilientEncoderTest, WeightsThatAreNotFiniteAreRefused) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const TestModel model{.bge_m3_heads = true};
  for (const auto& [name, shape] : std::map<std::string, std::vector<int>>{
           {"encoder.layer.1.output.dense.weight", {model.hidden, model.intermediate}},
           {"encoder.layer.0.attention.self.key.bias", {model.hidden}},
           {"embeddings.LayerNorm.weight", {model.hidden}},
           {"sparse_linear.bias", {1}}}) {
    TestModelWriter writer(model);
    writer.add(name, shape, 1, kNan);
    writer.write(dir_.path());
    const auto encoder = ResilientEncoder::load(*ModelFiles::open(dir_.path()), *cpu_, {}, {});
    EXPECT_EQ(encoder.status().id(), "model-damaged");
    EXPECT_NE(encoder.status().message().find("tensor " + name + " holds NaN or infinity"), std::string::npos)
        << encoder.status().to_string();
  }
}

TEST_F(ResilientEncoderTest, UnavailableDeviceCountsAsFallback) {
  auto encoder = ResilientEncoder::load(*ModelFiles::open(dir_.path()), *cpu_, {.max_batch_tokens = 4096},
                                        {nullptr, logger_.get(), "embedder", "no such device"});
  ASSERT_TRUE(encoder.ok()) << encoder.status().to_string();
  expect_same(run(**encoder, texts_), run(*load(*cpu_, nullptr), texts_));
  EXPECT_EQ((*encoder)->health().trouble, "no such device");
  EXPECT_EQ((*encoder)->health().fallbacks, 1u);
  EXPECT_FALSE((*encoder)->health().lost);
}

TEST_F(ResilientEncoderTest, SplitsBatchThatDoesNotFit) {
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, nullptr);
  const HeadOutputs want = run(*healthy, texts_);
  faulty_.on_run = [](const PackedTokens& batch) {
    return batch.tokens() > 800 ? FaultyDevice::no_memory() : Status();
  };
  expect_same(run(*encoder, texts_), want);
  EXPECT_GT(encoder->health().memory_retries, 1u);
  EXPECT_GE(faulty_.trims, 2);
  EXPECT_EQ(encoder->health().trouble, "");
  EXPECT_LE(encoder->token_limit(), 1000u);
  EXPECT_GE(encoder->token_limit(), kLeastBatchTokens);
  EXPECT_NE(log_.find("batches of"), std::string::npos) << log_;
}

TEST_F(ResilientEncoderTest, RefusesTextThatNeverFits) {
  const auto encoder = load(faulty_, cpu_.get());
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::no_memory(); };
  HeadOutputs outputs;
  const Status status = encoder->forward(pack(random_texts({300}), encoder->config()), kEverything, outputs);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_NE(status.message().find("300 tokens"), std::string::npos) << status.message();
  faulty_.on_run = [](const PackedTokens&) { return Status(); };
  run(*encoder, texts_);  // later texts succeed
}

TEST_F(ResilientEncoderTest, RetriesHideMemoryFailures) {
  const auto healthy = load(*cpu_, nullptr);
  const HeadOutputs want = run(*healthy, texts_);
  for (int nth = 2; nth <= 7; ++nth) {
    const auto encoder = load(faulty_, nullptr);
    faulty_.on_run = [&, passes = 0](const PackedTokens&) mutable {
      return ++passes % nth == 0 ? FaultyDevice::no_memory() : Status();
    };
    for (int i = 0; i < 10; ++i) expect_same(run(*encoder, texts_), want);
  }
}

TEST_F(ResilientEncoderTest, FallsBackOnceFromLostDevice) {
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, cpu_.get());
  const HeadOutputs want = run(*healthy, texts_);
  run(*encoder, texts_);
  EXPECT_EQ(encoder->health().device, "faulty: a device under test");
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::lost(); };
  expect_same(run(*encoder, texts_), want);
  const int runs = faulty_.runs;
  expect_same(run(*encoder, texts_), want);
  EXPECT_EQ(faulty_.runs, runs);
  const EncoderHealth health = encoder->health();
  EXPECT_EQ(health.fallbacks, 1u);
  EXPECT_EQ(health.device, cpu_->info().description);
  EXPECT_NE(health.trouble.find("faulty: a device under test failed: the faulty device is lost"),
            std::string::npos)
      << health.trouble;
}

TEST_F(ResilientEncoderTest, FallbackDeviceHasItsOwnWorkspaceSize) {
  const auto first = make_cpu_device(pool_, {}), second = make_cpu_device(pool_, {});
  const auto encoder = load(faulty_, first.get()), wide = load(*second, nullptr);
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::lost(); };
  expect_same(run(*encoder, texts_), run(*wide, texts_));
  ASSERT_LT(first->info().most_batch_tokens, 4096u);
  EXPECT_LT(first->memory().used, second->memory().used) << "batches of the lost device's size";
}

TEST_F(ResilientEncoderTest, DeviceLostInSplitBatchLosesNoText) {
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, cpu_.get());
  faulty_.on_run = [passes = 0](const PackedTokens& batch) mutable {
    if (batch.tokens() > 800) return FaultyDevice::no_memory();
    return ++passes > 2 ? FaultyDevice::lost() : Status();
  };
  expect_same(run(*encoder, texts_), run(*healthy, texts_));
  EXPECT_EQ(encoder->health().fallbacks, 1u);
  EXPECT_EQ(encoder->token_limit(), cpu_->info().most_batch_tokens)
      << "the new device has memory and batches of its own";
}

TEST_F(ResilientEncoderTest, FallsBackIfDeviceRefusesModel) {
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, cpu_.get());
  faulty_.on_run = [](const PackedTokens&) { return Status(Code::kUnsupported, "no such product"); };
  expect_same(run(*encoder, texts_), run(*healthy, texts_));
  EXPECT_EQ(encoder->health().fallbacks, 1u);
  const auto alone = load(faulty_, nullptr);
  HeadOutputs outputs;
  EXPECT_EQ(alone->forward(pack(texts_, alone->config()), kEverything, outputs).code(), Code::kUnsupported);
  EXPECT_FALSE(alone->health().lost) << "other batches may be taken";
}

TEST_F(ResilientEncoderTest, ReturnsErrorWithoutFallback) {
  const auto encoder = load(faulty_, nullptr);
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::lost(); };
  HeadOutputs outputs;
  EXPECT_EQ(encoder->forward(pack(texts_, encoder->config()), kEverything, outputs).code(),
            Code::kUnavailable);
  EXPECT_EQ(encoder->forward(pack(texts_, encoder->config()), kEverything, outputs).code(),
            Code::kUnavailable);
  const EncoderHealth health = encoder->health();
  EXPECT_EQ(health.fallbacks, 0u);
  EXPECT_TRUE(health.lost);
  EXPECT_NE(health.trouble.find("the faulty device is lost"), std::string::npos) << health.trouble;
  const std::string what_to_do = "DEVICE_FALLBACK=true";
  EXPECT_NE(log_.find(what_to_do), std::string::npos) << log_;
  EXPECT_EQ(log_.find(what_to_do), log_.rfind(what_to_do)) << "said once";
}

TEST_F(ResilientEncoderTest, HealthReportsLossWithoutLogger) {
  const auto encoder =
      ResilientEncoder::load(*ModelFiles::open(dir_.path()), faulty_, {.max_batch_tokens = 4096}, {});
  ASSERT_TRUE(encoder.ok()) << encoder.status().to_string();
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::lost(); };
  HeadOutputs outputs;
  EXPECT_EQ((*encoder)->forward(pack(texts_, (*encoder)->config()), kEverything, outputs).code(),
            Code::kUnavailable);
  EXPECT_TRUE((*encoder)->health().lost);
  EXPECT_NE((*encoder)->health().trouble.find("nothing else may compute"), std::string::npos);
}

TEST_F(ResilientEncoderTest, RetriesFailedFallback) {
  FaultyDevice small(*cpu_);
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, &small);
  faulty_.on_run = [](const PackedTokens&) { return FaultyDevice::lost(); };
  small.on_allocate = [] { return FaultyDevice::no_memory(); };
  HeadOutputs outputs;
  EXPECT_EQ(encoder->forward(pack(texts_, encoder->config()), kEverything, outputs).code(),
            Code::kUnavailable);
  EXPECT_TRUE(encoder->health().lost);
  small.on_allocate = [] { return Status(); };
  expect_same(run(*encoder, texts_), run(*healthy, texts_));
  EXPECT_FALSE(encoder->health().lost);
  EXPECT_EQ(encoder->health().fallbacks, 1u);
}

TEST_F(ResilientEncoderTest, LoadsOnFallbackIfModelDoesNotFit) {
  load(faulty_, nullptr);
  const int allocations = faulty_.allocations;
  ASSERT_GT(allocations, 3);
  for (int nth = 1; nth <= allocations; ++nth) {
    faulty_.on_allocate = [&, calls = 0]() mutable {
      return ++calls >= nth ? FaultyDevice::no_memory() : Status();
    };
    const auto encoder = load(faulty_, cpu_.get());
    EXPECT_EQ(encoder->health().device, cpu_->info().description) << nth;
    EXPECT_NE(encoder->health().trouble, "") << nth;
    EXPECT_TRUE(encoder->has_sparse());
    faulty_.on_allocate = [&, calls = 0]() mutable {
      return ++calls >= nth ? FaultyDevice::no_memory() : Status();
    };
    const auto refused =
        ResilientEncoder::load(*ModelFiles::open(dir_.path()), faulty_, {.max_batch_tokens = 4096}, {});
    EXPECT_EQ(refused.status().code(), Code::kResourceExhausted) << nth;
  }
}

TEST_F(ResilientEncoderTest, HalvesWorkspaceThatDoesNotFit) {
  const auto healthy = load(*cpu_, nullptr);
  faulty_.on_allocate = [calls = 0]() mutable { return ++calls <= 2 ? FaultyDevice::no_memory() : Status(); };
  const auto encoder = load(faulty_, cpu_.get());
  EXPECT_EQ(encoder->health().trouble, "") << "it is on its own device";
  EXPECT_EQ(encoder->token_limit(), 1024u) << "a quarter";
  EXPECT_NE(log_.find("batches of 1024 from now on"), std::string::npos) << log_;
  expect_same(run(*encoder, texts_), run(*healthy, texts_));
}

// The device counts its allocations: reaching the limit looks like a full device.
TEST_F(ResilientEncoderTest, RespectsDeviceMemoryLimit) {
  const auto healthy = load(*cpu_, nullptr);
  const HeadOutputs want = run(*healthy, texts_);
  const std::uint64_t needed = cpu_->memory().peak;
  ASSERT_GT(needed, 0u);
  bool smaller = false;
  for (std::uint64_t limit = needed; limit > needed / 8; limit -= needed / 16) {
    const auto device = make_cpu_device(pool_, {.memory_limit = limit});
    const auto encoder =
        ResilientEncoder::load(*ModelFiles::open(dir_.path()), *device, {.max_batch_tokens = 4096},
                               {nullptr, logger_.get(), "embedder"});
    if (!encoder.ok()) {
      EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted);
      EXPECT_NE(encoder.status().message().find("RAPPEL_DEVICE_MEMORY"), std::string::npos)
          << encoder.status().message();
      continue;
    }
    smaller |= (*encoder)->token_limit() < 4096;
    HeadOutputs outputs;
    const Status status = (*encoder)->forward(pack(texts_, healthy->config()), kEverything, outputs);
    if (status.ok())
      expect_same(outputs, want);
    else
      EXPECT_EQ(status.code(), Code::kResourceExhausted) << status.to_string();
    EXPECT_LE(device->memory().peak, limit);
    EXPECT_EQ((*encoder)->health().memory.limit, limit);
  }
  EXPECT_TRUE(smaller);
}

TEST_F(ResilientEncoderTest, SchedulerCallersSurviveDeviceLoss) {
  const auto healthy = load(*cpu_, nullptr), encoder = load(faulty_, cpu_.get());
  std::vector<HeadOutputs> want;
  for (const Ids& text : texts_) want.push_back(run(*healthy, {text}));
  std::atomic<int> passes{0};
  faulty_.on_run = [&](const PackedTokens& batch) {
    if (batch.tokens() > 900) return FaultyDevice::no_memory();
    return ++passes > 20 ? FaultyDevice::lost() : Status();
  };
  Scheduler scheduler(*encoder, {});
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&] {
      for (int round = 0; round < 12; ++round) {
        std::vector<EncodeJob> jobs(texts_.size());
        for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].ids = texts_[i];
        RunOptions options;
        options.heads.dense = true;
        const Status status = scheduler.run(jobs, options);
        EXPECT_TRUE(status.ok()) << status.to_string();
        for (std::size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].dense, want[i].dense);
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(encoder->health().fallbacks, 1u);
  EXPECT_EQ(scheduler.stats().texts, 8u * 12 * texts_.size());
}

TEST_F(ResilientEncoderTest, SchedulerSurvivesOutOfProcessMemory) {
  const auto encoder = load(faulty_, cpu_.get());
  Scheduler scheduler(*encoder, {});
  const auto run_one = [&] {
    std::vector<EncodeJob> jobs(1);
    jobs[0].ids = texts_[0];
    RunOptions options;
    options.heads.dense = true;
    return scheduler.run(jobs, options).code();
  };
  faulty_.on_run = [](const PackedTokens&) -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(run_one(), Code::kResourceExhausted);
  faulty_.on_run = [](const PackedTokens&) { return Status(); };
  EXPECT_EQ(run_one(), Code::kOk);
}

}  // namespace
}  // namespace rappel
