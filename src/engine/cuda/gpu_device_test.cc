// An encoder on the CUDA device: half against float32 and golden values, independence of results from the
// batch, memory, failures. Runs on the emulated GPU and, if there is one, on a real GPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/cuda/test_cuda_devices.h"
#include "engine/encoder.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"
#include "testing/json_lines.h"
#include "testing/npy.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using cuda::EmulatedGpuControl;

HeadOutputs run(Encoder& encoder, const Texts& texts, const HeadRequest& request) {
  HeadOutputs outputs;
  const Status status = encoder.forward(pack(texts, encoder.config()), request, outputs);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return outputs;
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, double bar) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], bar) << "at " << i;
}

// Head sizes for tensor cores (32, 64) and others; odd widths.
const std::vector<TestModel> kModels{{.bge_m3_heads = true, .hidden = 40, .heads = 5, .intermediate = 72},
                                     {.bge_m3_heads = true, .hidden = 21, .heads = 3, .intermediate = 37},
                                     {.bge_m3_heads = true, .hidden = 64, .heads = 2, .intermediate = 300},
                                     {.bge_m3_heads = true, .hidden = 128, .heads = 2, .intermediate = 256}};

constexpr WeightKind kKinds[] = {WeightKind::kFloat32, WeightKind::kTf32, WeightKind::kHalf,
                                 WeightKind::kBfloat16, WeightKind::kInt8};

class CudaEncoder : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Encoder> load(const std::filesystem::path& folder, Device& device, WeightKind kind) {
    auto encoder = Encoder::load(*ModelFiles::open(folder), device, {.kind = kind, .max_batch_tokens = 2048});
    EXPECT_TRUE(encoder.ok()) << encoder.status().to_string();
    return std::move(encoder).value();
  }
  std::unique_ptr<Encoder> load(const TestModel& model, WeightKind kind) {
    TestModelWriter(model).write(dir_.path());
    return load(dir_.path(), *device_, kind);
  }
  bool emulated() const { return GetParam() == "cuda_emulated"; }

  TempDir dir_;
  EmulatedGpuControl control_;
  std::unique_ptr<Device> device_ = cuda_test_device(GetParam(), control_);
};

// encoder_test.cc compares float32 with the reference device.
TEST_P(CudaEncoder, HalfIsCloseToFloat32) {
  const Texts texts = random_texts({1, 2, 17, 33, 1, 70});
  for (const TestModel& model : kModels) {
    const auto exact = run(*load(model, WeightKind::kFloat32), texts, kEverything);
    const auto half = run(*load(model, WeightKind::kHalf), texts, kEverything);
    const auto columns = static_cast<std::size_t>(model.hidden);
    EXPECT_NE(half.hidden, exact.hidden) << "float32 answered";
    EXPECT_GE(least_cosine(half.hidden, exact.hidden, columns), 0.9999);
    EXPECT_GE(least_cosine(half.dense, exact.dense, columns), 0.9999);
    EXPECT_GE(least_cosine(half.colbert, exact.colbert, columns), 0.9999);
    expect_near(half.token_weights, exact.token_weights, 2e-2);
  }
}

TEST_P(CudaEncoder, HalfClassifiersAreCloseToFloat32) {
  const Texts texts = random_texts({5, 1, 30, 64});
  for (const Family family : {Family::kXlmRoberta, Family::kBert}) {
    const TestModel model{.family = family, .classifier = true};
    const auto exact = run(*load(model, WeightKind::kFloat32), texts, {.logits = true}).logits;
    expect_near(run(*load(model, WeightKind::kHalf), texts, {.logits = true}).logits, exact, 1e-2);
  }
}

TEST_P(CudaEncoder, ResultsDoNotDependOnTheBatch) {
  const Texts texts = random_texts({3, 100, 1, 40, 16, 17, 65, 2});
  for (const WeightKind kind : kKinds) {
    const std::size_t hidden = 64;
    const auto encoder = load({.bge_m3_heads = true, .hidden = 64, .heads = 2, .intermediate = 136}, kind);
    const HeadOutputs together = run(*encoder, texts, kEverything);
    std::size_t token = 0;
    const auto same = [](const std::vector<float>& alone, const std::vector<float>& all, std::size_t at) {
      return std::equal(alone.begin(), alone.end(), all.begin() + static_cast<std::ptrdiff_t>(at));
    };
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const HeadOutputs alone = run(*encoder, {texts[i]}, kEverything);
      EXPECT_TRUE(same(alone.dense, together.dense, i * hidden));
      EXPECT_TRUE(same(alone.hidden, together.hidden, token * hidden));
      EXPECT_TRUE(same(alone.token_weights, together.token_weights, token));
      EXPECT_TRUE(same(alone.colbert, together.colbert, (token - i) * hidden));
      token += texts[i].size();
    }
    // Computing the last layer for first tokens only gives the same bits.
    EXPECT_EQ(run(*encoder, texts, {.dense = true}).dense, together.dense);
  }
}

TEST_P(CudaEncoder, ExtremeWeightsStayFinite) {
  for (const WeightKind kind : kKinds) {
    TestModelWriter writer({.bge_m3_heads = true, .hidden = 64, .heads = 2});
    // Queries and values beyond the range of half.
    writer.add("encoder.layer.0.attention.self.query.weight", {64, 64}, 1e4f);
    writer.add("encoder.layer.0.attention.self.value.weight", {64, 64}, 1e4f);
    writer.add("encoder.layer.1.intermediate.dense.weight", {72, 64}, 3e5f);
    writer.add("embeddings.LayerNorm.weight", {64}, 0.0f);
    writer.add("embeddings.LayerNorm.bias", {64}, 0.0f, 1.0f);
    writer.write(dir_.path());
    const HeadOutputs out = run(*load(dir_.path(), *device_, kind), random_texts({1, 70}), kEverything);
    for (const auto* values : {&out.hidden, &out.dense, &out.colbert, &out.token_weights})
      for (const float value : *values) ASSERT_TRUE(std::isfinite(value)) << weight_kind_name(kind);
  }
}

// Half weights against the results of the reference implementations.
TEST_P(CudaEncoder, HalfMatchesGoldenVectors) {
  if (!shared_data("goldens-models")) GTEST_SKIP() << missing_shared_data();
  for (const std::string name : {"tiny-bge-m3", "tiny-bert-embedder", "all-MiniLM-L6-v2"}) {
    const bool real = name == "all-MiniLM-L6-v2";
    const auto folder = real ? minilm_model() : linked_model(name, dir_.path() / name);
    if (!folder) continue;
    const auto encoder = load(*folder, *device_, WeightKind::kHalf);
    std::optional<NpyArray> dense;
    if (name != "tiny-bge-m3") dense = *read_npy(*shared_data("goldens-models/" + name + ".dense.npy"));
    std::size_t compared = 0;
    for (const Json& row : read_json_lines(*shared_data("goldens-models/" + name + ".texts.jsonl"))) {
      const auto ids = row["input_ids"].get<Ids>();
      if (emulated() && (ids.size() > 100 || compared >= (real ? 4u : 20u))) continue;
      if (ids.size() > 2048) continue;
      const std::vector<float> ours = run(*encoder, {ids}, {.dense = true}).dense;
      std::vector<float> golden;
      if (dense)
        golden.assign(dense->row(row["row"]), dense->row(row["row"]) + dense->columns());
      else
        golden = row["dense"].get<std::vector<float>>();
      EXPECT_GE(least_cosine(ours, golden, golden.size()), 0.9999) << name << " text " << compared;
      ++compared;
    }
    EXPECT_GE(compared, real ? 4u : 10u) << name;
  }
}

TEST_P(CudaEncoder, UnsupportedKindsAndHeadsAreRejected) {
  TestModelWriter({}).write(dir_.path());
  const auto files = *ModelFiles::open(dir_.path());
  const auto encoder = Encoder::load(files, *device_, {.kind = WeightKind::kW8A16});
  ASSERT_FALSE(encoder.ok());
  EXPECT_EQ(encoder.status().code(), Code::kUnsupported);
  const auto wide = load({.hidden = 264, .heads = 1}, WeightKind::kFloat32);
  HeadOutputs out;
  const Status status = wide->forward(pack({{5, 6}}, wide->config()), {.dense = true}, out);
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_NE(status.message().find("at most 256"), std::string::npos) << status.message();
  const auto huge =
      Encoder::load(*ModelFiles::open(dir_.path()), *device_, {.max_batch_tokens = std::size_t{1} << 44});
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(huge.status().code(), Code::kResourceExhausted);
}

INSTANTIATE_TEST_SUITE_P(Devices, CudaEncoder, testing::ValuesIn(cuda_test_devices()),
                         [](const auto& test) { return test.param; });

TEST(CudaKinds, TuringHasNeitherTf32NorBfloat16) {
  EmulatedGpuControl control;
  control.compute_capability = 75;
  const auto device = cuda_test_device("cuda_emulated", control);
  EXPECT_EQ(device->form_of(WeightKind::kTf32), WeightKind::kFloat32);
  EXPECT_EQ(device->form_of(WeightKind::kBfloat16), WeightKind::kHalf);
  EXPECT_EQ(device->form_of(WeightKind::kInt8), WeightKind::kInt8);
  control.compute_capability = 80;
  const auto newer = cuda_test_device("cuda_emulated", control);
  for (const WeightKind kind : kKinds) EXPECT_EQ(newer->form_of(kind), kind);
  EXPECT_FALSE(newer->supports(WeightKind::kW8A16));
}

// Tests that need control over the GPU, on the emulated one only.
class CudaMemory : public testing::Test {
 protected:
  void SetUp() override {
    TestModelWriter({.bge_m3_heads = true, .hidden = 64, .heads = 2}).write(dir_.path());
  }
  Result<std::unique_ptr<Encoder>> load() {
    return Encoder::load(*ModelFiles::open(dir_.path()), *device_, {.kind = WeightKind::kHalf});
  }

  TempDir dir_;
  EmulatedGpuControl control_;
  std::unique_ptr<Device> device_ = cuda_test_device("cuda_emulated", control_);
};

TEST_F(CudaMemory, SecondPassAllocatesNothingAndHasTheSameCommands) {
  const auto encoder = std::move(load()).value();
  const Texts texts = random_texts({3, 30, 12, 70}), others(texts.rbegin(), texts.rend());
  HeadOutputs out = run(*encoder, texts, kEverything);
  const int allocations = control_.allocations;
  const auto list = control_.last;
  ASSERT_GT(list.size(), 20u);
  Texts same_sizes = texts;
  for (Ids& ids : same_sizes)
    for (std::int32_t& id : ids) id = (id + 1) % 50;
  run(*encoder, same_sizes, kEverything);
  EXPECT_TRUE(control_.last == list);
  run(*encoder, others, kEverything);
  EXPECT_TRUE(control_.last == list) << "same numbers of tokens, texts and tiles";
  run(*encoder, random_texts({3, 30, 14, 79}), kEverything);
  EXPECT_TRUE(control_.last == list) << "126 and 115 tokens are both padded to 128";
  EXPECT_EQ(control_.allocations, allocations);
  EXPECT_EQ(control_.repeats, 4);
  run(*encoder, random_texts({3, 30, 12, 90}), kEverything);
  EXPECT_FALSE(control_.last == list);
}

// Queries of up to 128 tokens use exactly the sizes that DeviceInfo lists.
TEST_F(CudaMemory, EveryQueryIsPaddedToARepeatedSize) {
  const auto encoder = std::move(load()).value();
  std::vector<std::vector<cuda::Command>> lists;
  for (const std::size_t tokens : device_->info().repeated_tokens) {
    run(*encoder, random_texts({tokens}), {.dense = true});
    lists.push_back(control_.last);
  }
  run(*encoder, random_texts({900, 600}), kEverything);  // larger batches use other memory
  run(*encoder, Texts(30, Ids{3, 4, 5}), {.dense = true});
  for (const std::size_t tokens : {2, 3, 16, 17, 40, 95, 127}) {
    run(*encoder, random_texts({tokens}), {.dense = true});
    EXPECT_NE(std::find(lists.begin(), lists.end(), control_.last), lists.end()) << tokens;
  }
}

TEST_F(CudaMemory, PaddingDoesNotChangeResults) {
  TestModelWriter({.bge_m3_heads = true, .hidden = 40, .layers = 1, .heads = 5}).write(dir_.path());
  const auto files = *ModelFiles::open(dir_.path());
  const auto large = std::move(load()).value();
  using Lengths = std::vector<std::size_t>;
  for (const Lengths& lengths : {Lengths{16}, {17}, {1, 1, 1}, {128}, {129}, {64, 65}, Lengths(130, 1)}) {
    const Texts texts = random_texts(lengths);
    std::size_t tokens = 0, token = 0;
    for (const Ids& text : texts) tokens += text.size();
    const auto tight =
        Encoder::load(files, *device_, {.kind = WeightKind::kHalf, .max_batch_tokens = tokens});
    ASSERT_TRUE(tight.ok());
    const HeadOutputs together = run(**tight, texts, kEverything);
    ASSERT_EQ(together.hidden.size(), tokens * 40);
    for (std::size_t i = 0; i < texts.size(); i += 1 + texts.size() / 3) {
      token = 0;
      for (std::size_t before = 0; before < i; ++before) token += texts[before].size();
      const HeadOutputs alone = run(*large, {texts[i]}, kEverything);
      EXPECT_TRUE(std::equal(alone.hidden.begin(), alone.hidden.end(),
                             together.hidden.begin() + static_cast<std::ptrdiff_t>(token * 40)));
      EXPECT_TRUE(std::equal(alone.dense.begin(), alone.dense.end(),
                             together.dense.begin() + static_cast<std::ptrdiff_t>(i * 40)));
      EXPECT_TRUE(std::equal(alone.colbert.begin(), alone.colbert.end(),
                             together.colbert.begin() + static_cast<std::ptrdiff_t>((token - i) * 40)));
    }
  }
}

TEST_F(CudaMemory, TrimReleasesMemoryAndTheNextPassAllocatesAgain) {
  const auto encoder = std::move(load()).value();
  const std::size_t loaded = control_.live_bytes;
  const Texts texts = random_texts({3, 30});
  const HeadOutputs before = run(*encoder, texts, kEverything);
  EXPECT_GT(control_.live_bytes, loaded);
  device_->trim();
  EXPECT_EQ(control_.live_bytes, loaded);
  EXPECT_EQ(control_.trims, 1);
  EXPECT_EQ(run(*encoder, texts, kEverything).hidden, before.hidden);
}

TEST_F(CudaMemory, FailureOfAnyAllocationLeaksNothing) {
  int total = 0;
  {
    const auto encoder = std::move(load()).value();
    total = control_.allocations;
  }
  EXPECT_EQ(control_.live_blocks, 0u);
  ASSERT_GT(total, 20);
  for (int failing = 1; failing <= total; ++failing) {
    control_.allocations = 0;
    control_.on_allocate = [&](std::size_t) {
      return control_.allocations == failing ? Status(Code::kResourceExhausted, "full") : Status();
    };
    const auto encoder = load();
    ASSERT_FALSE(encoder.ok()) << failing;
    EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted);
    EXPECT_EQ(control_.live_blocks, 0u) << failing;
  }
}

TEST_F(CudaMemory, PassWithoutMemoryReleasesCachesAndRetries) {
  const auto encoder = std::move(load()).value();
  // Larger than small batches, which have their own memory.
  const Texts texts = random_texts({3, 30}), more = random_texts(std::vector<std::size_t>(26, 40));
  run(*encoder, texts, kEverything);
  const HeadOutputs wanted = run(*encoder, more, kEverything);
  device_->trim();
  run(*encoder, texts, kEverything);
  bool failed = false;
  control_.on_allocate = [&](std::size_t) {
    return std::exchange(failed, true) ? Status() : Status(Code::kResourceExhausted, "full");
  };
  EXPECT_EQ(run(*encoder, more, kEverything).hidden, wanted.hidden);
  EXPECT_TRUE(failed);

  device_->trim();
  control_.on_allocate = [](std::size_t) { return Status(Code::kResourceExhausted, "full"); };
  HeadOutputs out;
  EXPECT_EQ(encoder->forward(pack(texts, encoder->config()), kEverything, out).code(),
            Code::kResourceExhausted);
  control_.on_allocate = [](std::size_t) { return Status(); };
  EXPECT_EQ(run(*encoder, more, kEverything).hidden, wanted.hidden) << "works again";
}

TEST_F(CudaMemory, LimitIsEnforcedAndUseIsReported) {
  std::size_t needed = 0, most = 0;
  {
    const auto encoder = std::move(load()).value();
    needed = device_->memory().used;
    run(*encoder, random_texts({3, 30}), kEverything);
    most = device_->memory().peak;
    EXPECT_GT(most, needed);
    EXPECT_EQ(device_->memory().limit, 0u);
  }
  device_->trim();
  EXPECT_EQ(device_->memory().used, 0u);
  for (const std::size_t limit : {needed - 1, needed, most}) {
    device_ = cuda::make_gpu_device(cuda::make_emulated_gpu(control_), {.bytes = limit});
    EXPECT_EQ(device_->memory().limit, limit);
    auto encoder = load();
    ASSERT_EQ(encoder.ok(), limit >= needed);
    if (!encoder.ok()) {
      EXPECT_EQ(encoder.status().code(), Code::kResourceExhausted);
      continue;
    }
    HeadOutputs out;
    const Status status =
        (*encoder)->forward(pack(random_texts({3, 30}), (*encoder)->config()), kEverything, out);
    EXPECT_EQ(status.code(), limit == most ? Code::kOk : Code::kResourceExhausted);
    EXPECT_LE(device_->memory().peak, limit);
  }
}

TEST_F(CudaMemory, LostDeviceIsNotUsedAgain) {
  const auto encoder = std::move(load()).value();
  control_.on_run = [] { return Status(Code::kUnavailable, "lost"); };
  HeadOutputs out;
  const int before = control_.runs;
  EXPECT_EQ(encoder->forward(pack(random_texts({4}), encoder->config()), {.dense = true}, out).code(),
            Code::kUnavailable);
  EXPECT_EQ(control_.runs, before + 1);
}

TEST(CudaReport, ListsDevicesOrTheReason) {
  const CudaReport report = cuda_report();
  EXPECT_EQ(report.devices.empty(), !report.reason.empty());
  std::size_t usable = 0;
  for (const CudaReport::Gpu& gpu : report.devices) {
    EXPECT_FALSE(gpu.description.empty());
    usable += gpu.refused.empty();
  }
  EXPECT_EQ(usable == 0, report.devices.empty());
  const auto beyond = make_cuda_device(static_cast<int>(report.devices.size()));
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.status().code(), Code::kUnsupported);
  EXPECT_FALSE(beyond.status().message().empty());
}

}  // namespace
}  // namespace rappel
