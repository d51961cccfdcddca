// The CUDA device's speed with a model of BGE-M3's shape and random weights, against the bars of the project.
//
//   rappel_gpu_bench FOLDER
//
// FOLDER gets the model, which is written when it is not there (1.3 GB), and what bench/gpu/torch_peer.py
// compares with: ids.txt (texts of token ids, one a line) and vectors.f32 (their dense vectors, in half
// precision). Answers go to standard output, one "name value unit [bar]" a line. Exit status 1: something
// failed or disagreed; a missed bar of speed is printed and fails nothing.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "codec/float16.h"
#include "engine/cuda/cuda_device.h"
#include "engine/encoder.h"
#include "engine/test_model.h"
#include "engine/test_texts.h"

namespace {

using namespace rappel;
using Clock = std::chrono::steady_clock;

constexpr TestModel kShape{.bge_m3_heads = true,
                           .hidden = 1024,
                           .layers = 24,
                           .heads = 16,
                           .intermediate = 4096,
                           .vocabulary = 30000,
                           .types = 1};
constexpr std::size_t kBudget = 16384;
bool failed = false;

void say(const char* name, double value, const char* unit, const char* bar = "") {
  std::printf("%-40s %12.4g %s%s%s\n", name, value, unit, *bar ? "   bar: " : "", bar);
  std::fflush(stdout);
}

// Prints the message and remembers that something is wrong.
bool good(const Status& status) {
  if (status.ok()) return true;
  std::printf("FAILED: %s\n", status.to_string().c_str());
  failed = true;
  return false;
}

double milliseconds(const std::function<Status()>& work) {
  const auto start = Clock::now();
  good(work());
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(int warm_ups, int runs, const std::function<Status()>& work) {
  for (int i = 0; i < warm_ups; ++i) good(work());
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(milliseconds(work));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Texts random_texts(int count, std::size_t length, std::uint32_t seed) {
  TestRandom random(seed);
  Texts texts(static_cast<std::size_t>(count));
  for (auto& ids : texts) {
    ids.resize(length);
    for (std::int32_t& id : ids) id = 4 + static_cast<std::int32_t>(random.below(29990));
    ids.front() = 0;
    ids.back() = 2;
  }
  return texts;
}

// TFLOP/s of a plain product of halves, 8192 x 8192 x 8192: the most that the machine reaches.
double peak(Device& device) {
  constexpr std::int64_t kSide = 8192;
  constexpr int kProducts = 24;
  TestRandom random(1);
  std::vector<std::uint16_t> weights(kSide * kSide);
  for (auto& weight : weights) weight = float_to_f16(random.next() * 0.019f);
  const std::vector<float> bias(kSide, 0.01f);
  const LinearPart part{{"w", DType::kF16, {kSide, kSide}, std::as_bytes(std::span(weights)), ""},
                        {"b", DType::kF32, {kSide}, std::as_bytes(std::span(bias)), ""}};
  // Rows of random numbers to begin with: equal ones would need less power, and run faster.
  const std::vector<float> ones(kSide, 1.0f), zeros(kSide, 0.0f);
  const auto vector_of = [](const std::vector<float>& values) {
    return TensorView{"v", DType::kF32, {kSide}, std::as_bytes(std::span(values)), ""};
  };
  auto table = device.upload_table(part.weight);
  auto norm = device.upload_norm(vector_of(ones), vector_of(zeros), 1e-5f);
  auto linear = device.upload_linear({&part, 1}, WeightKind::kHalf, {});
  auto a = device.allocate(kSide, kSide), b = device.allocate(kSide, kSide);
  for (const Status& status : {table.status(), norm.status(), linear.status(), a.status(), b.status()})
    if (!good(status)) return 0;
  PackedTokens batch;
  std::vector<std::int32_t> ids(kSide);
  std::iota(ids.begin(), ids.end(), 0);
  batch.append(ids, {}, ModelConfig());
  const auto run = [&](int products) {
    return milliseconds([&] {
      return device.run(batch, [&](Pass& pass) {
        pass.embed({table->get(), table->get(), table->get(), norm->get(), WeightKind::kHalf}, **a);
        for (int i = 0; i < products; ++i)
          pass.linear(**linear, *(i % 2 == 0 ? *a : *b), kSide, Epilogue::kNone, nullptr,
                      *(i % 2 == 0 ? *b : *a));
      });
    });
  };
  double best = 0;
  for (int i = 0; i < 5; ++i) {  // the difference of two runs: what one costs besides its products drops out
    const double time = run(2 + kProducts) - run(2);
    if (i > 0) best = std::max(best, 2e-9 * kProducts * kSide * kSide * kSide / time);
  }
  return best;
}

void write_model(const std::string& folder) {
  if (std::ifstream(folder + "/model.safetensors").good()) return;
  std::printf("writing a model of random weights\n");
  TestModelWriter(kShape).write(folder);
}

void write_for_peer(const std::string& folder, const Texts& texts, const std::vector<float>& vectors) {
  std::ofstream ids(folder + "/ids.txt");
  for (const auto& text : texts) {
    for (const std::int32_t id : text) ids << id << ' ';
    ids << '\n';
  }
  std::ofstream(folder + "/vectors.f32", std::ios::binary)
      .write(reinterpret_cast<const char*>(vectors.data()), static_cast<std::streamsize>(vectors.size() * 4));
}

Texts texts_to_compare() {
  Texts texts = random_texts(6, 512, 5);
  for (const std::size_t length : {16, 33, 1, 128, 700, 64, 2048})
    texts.push_back(random_texts(1, length, 9).front());
  return texts;
}

Result<std::unique_ptr<Encoder>> load(const std::shared_ptr<const ModelFiles>& files, Device& device,
                                      WeightKind kind) {
  return Encoder::load(files, device, {.kind = kind, .max_batch_tokens = kBudget});
}

// The dense vectors of texts_to_compare() in float32.
std::vector<float> check_answers(Encoder& half, const std::string& folder,
                                 const std::shared_ptr<const ModelFiles>& files, Device& device) {
  const Texts texts = texts_to_compare();
  HeadOutputs together, alone, exact;
  if (!good(half.forward(pack(texts, half.config()), {.dense = true}, together))) return {};
  write_for_peer(folder, texts, together.dense);
  std::size_t same = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!good(half.forward(pack({texts[i]}, half.config()), {.dense = true}, alone))) return {};
    same += std::memcmp(alone.dense.data(), together.dense.data() + i * 1024, 4096) == 0;
  }
  failed = failed || same != texts.size();
  say("texts with the same bits alone", static_cast<double>(same),
      ("of " + std::to_string(texts.size())).c_str());
  auto full = load(files, device, WeightKind::kFloat32);
  if (!good(full.status()) || !good((*full)->forward(pack(texts, half.config()), {.dense = true}, exact)))
    return {};
  const double cosine = least_cosine(together.dense, exact.dense, 1024);
  failed = failed || cosine < 0.9999;
  say("least cosine of half with float32", cosine, "", "0.9999");
  return exact.dense;
}

// The precisions that are not the default: how near they are, and how fast. 0.95 is where something is wrong:
// with random weights 8 bits lose more than with real ones.
void time_others(const std::vector<float>& exact, const std::shared_ptr<const ModelFiles>& files,
                 Device& device) {
  const Texts texts = texts_to_compare();
  for (const WeightKind kind :
       {WeightKind::kFloat32, WeightKind::kTf32, WeightKind::kBfloat16, WeightKind::kInt8}) {
    if (!device.supports(kind)) continue;
    const std::string name = weight_kind_name(kind);
    auto encoder = load(files, device, kind);
    HeadOutputs out;
    if (!good(encoder.status()) ||
        !good((*encoder)->forward(pack(texts, (*encoder)->config()), {.dense = true}, out)))
      continue;
    const double cosine = exact.empty() ? 1 : least_cosine(out.dense, exact, 1024);
    failed = failed || cosine < 0.95;
    say((name + ": least cosine with float32").c_str(), cosine, "", "0.95");
    const PackedTokens batch = pack(random_texts(16, 512, 2), (*encoder)->config()),
                       query = pack(random_texts(1, 16, 3), (*encoder)->config());
    const auto forward = [&](const PackedTokens& tokens) {
      return [&] { return (*encoder)->forward(tokens, {.dense = true}, out); };
    };
    say((name + ": tokens/s, 16 x 512 tokens").c_str(),
        static_cast<double>(batch.tokens()) / median(3, 9, forward(batch)) * 1e3, "");
    say((name + ": one query of 16 tokens").c_str(), median(20, 100, forward(query)), "ms");
  }
}

void time_encoder(Encoder& encoder, double peak_tflops) {
  HeadOutputs out;
  const auto forward = [&](const PackedTokens& batch) {
    return [&] { return encoder.forward(batch, {.dense = true}, out); };
  };
  for (const int texts : {4, 16, 32}) {
    const PackedTokens batch = pack(random_texts(texts, 512, 2), encoder.config());
    const double ms = median(5, 15, forward(batch)), rate = static_cast<double>(batch.tokens()) / ms * 1e3;
    const double flop = 24.0 * (2.0 * (4.0 * 1024 * 1024 + 2.0 * 1024 * 4096) + 4.0 * 512 * 1024);
    say(("tokens/s, " + std::to_string(texts) + " x 512 tokens").c_str(), rate, "", "455000 on an H200");
    say("  of the product's rate", rate * flop * 1e-12 / peak_tflops * 100, "%", "40");
  }
  const PackedTokens query = pack(random_texts(1, 16, 3), encoder.config());
  say("one query of 16 tokens", median(20, 200, forward(query)), "ms", "1.2 on an H200");
  const PackedTokens pairs = pack(random_texts(20, 128, 4), encoder.config());
  say("20 pairs of 128 tokens", median(10, 50, forward(pairs)), "ms", "a third of PyTorch's");
  const PackedTokens longest = pack(random_texts(2, 8192, 6), encoder.config());
  say("tokens/s, 2 x 8192 tokens", 16384 / median(2, 5, forward(longest)) * 1e3, "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::printf("usage: rappel_gpu_bench FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  auto device = make_cuda_device(0);
  if (!good(device.status())) return 1;
  std::printf("%s\n", (*device)->info().description.c_str());
  const double tflops = peak(**device);
  say("product of halves, 8192 cubed", tflops, "TFLOP/s");
  write_model(folder);
  auto files = ModelFiles::open(folder);
  if (!good(files.status())) return 1;
  std::unique_ptr<Encoder> encoder;
  const auto load_half = [&]() -> Status {
    RAPPEL_ASSIGN(encoder, load(*files, **device, WeightKind::kHalf));
    return {};
  };
  say("loading", milliseconds(load_half) / 1e3, "s");
  if (!encoder) return 1;
  const std::vector<float> exact = check_answers(*encoder, folder, *files, **device);
  time_encoder(*encoder, tflops);
  encoder.reset();
  time_others(exact, *files, **device);
  return failed ? 1 : 0;
}
