// How close the CPU device's linear layers come to what the machine can do.
//
// For each instruction set: the peak of multiply-adds on registers alone, then products of the shapes of
// XLM-RoBERTa-large and BERT-small through the device, in turns with the peak, as median and best of the
// rounds. With one thread the thread's CPU time is taken, so that other work on the machine disturbs little;
// with more threads the wall clock.
//
//   rappel_bench_gemm [threads] [target] [rows,rows,...] [float32|half|int8]
//
// The peak is always that of float32: a smaller kind can exceed 100 % of it.
#include "engine/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "../bench/gemm_bench.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace rappel::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Multiply-adds on twelve independent accumulators: more than latency times units on every machine so far.
HWY_NOINLINE float spin_multiply_add(std::size_t rounds) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999f), y = hn::Set(d, 0.001f);
  // Different beginnings, or the compiler sees that all are the same number.
  const auto from = [d](float value) HWY_ATTR { return hn::Set(d, value); };
  auto a = from(1), b = from(2), c = from(3), e = from(4), f = from(5), g = from(6), h = from(7), i = from(8),
       j = from(9), k = from(10), l = from(11), m = from(12);
  for (; rounds != 0; --rounds) {
    a = hn::MulAdd(a, x, y);
    b = hn::MulAdd(b, x, y);
    c = hn::MulAdd(c, x, y);
    e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y);
    g = hn::MulAdd(g, x, y);
    h = hn::MulAdd(h, x, y);
    i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y);
    k = hn::MulAdd(k, x, y);
    l = hn::MulAdd(l, x, y);
    m = hn::MulAdd(m, x, y);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i)));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum, hn::Add(hn::Add(j, k), hn::Add(l, m)))));
}

std::size_t lanes() { return hn::Lanes(hn::ScalableTag<float>()); }

}  // namespace HWY_NAMESPACE
}  // namespace rappel::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/os/cpu.h"
#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"
#include "engine/packed_tokens.h"

namespace rappel::bench {
HWY_EXPORT(spin_multiply_add);
HWY_EXPORT(lanes);

namespace {

struct Spin {
  float (*run)(std::size_t) = nullptr;
  std::size_t lanes = 0;
};

Spin spin_of(const std::string& target) {
#if HWY_TARGETS & HWY_AVX3
  if (target == "avx512") return {&N_AVX3::spin_multiply_add, N_AVX3::lanes()};
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target == "avx2") return {&N_AVX2::spin_multiply_add, N_AVX2::lanes()};
#endif
#if HWY_TARGETS & HWY_SSE4
  if (target == "sse4") return {&N_SSE4::spin_multiply_add, N_SSE4::lanes()};
#endif
  return {HWY_DYNAMIC_DISPATCH(spin_multiply_add), HWY_DYNAMIC_DISPATCH(lanes)()};
}

struct Clock {
  bool cpu_time;
  double now() const {
    timespec t{};
    clock_gettime(cpu_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Shape {
  const char* name;
  int inputs, outputs;
  Epilogue epilogue;
};
constexpr Shape kShapes[] = {
    {"large qkv", 1024, 3072, Epilogue::kNone},    {"large out", 1024, 1024, Epilogue::kResidual},
    {"large up", 1024, 4096, Epilogue::kGelu},     {"large down", 4096, 1024, Epilogue::kResidual},
    {"small qkv", 384, 1152, Epilogue::kNone},     {"small up", 384, 1536, Epilogue::kGelu},
    {"small down", 1536, 384, Epilogue::kResidual}};

class Bench {
 public:
  Bench(int threads, const std::string& target, WeightKind kind)
      : clock_{threads == 1},
        kind_(kind),
        pool_(threads),
        spin_(spin_of(target)),
        device_(make_cpu_device(pool_, {target})) {}

  void run(const std::vector<std::size_t>& rows) {
    std::printf("%s, %s\n%-11s %6s  %8s %8s  %6s  %s\n", device_->info().description.c_str(),
                std::string(weight_kind_name(kind_)).c_str(), "shape", "rows", "GFLOP/s", "best", "peak",
                "median / peak");
    for (const Shape& shape : kShapes)
      for (const std::size_t count : rows) measure(shape, count);
  }

 private:
  double peak() {
    constexpr std::size_t kRounds = 400000;
    std::vector<float> sink(static_cast<std::size_t>(pool_.threads()));
    const double start = clock_.now();
    pool_.run([&](Lane& lane) { sink[static_cast<std::size_t>(lane.index())] = spin_.run(kRounds); });
    const double seconds = clock_.now() - start;
    const volatile float used = sink[0];
    (void)used;
    return 2e-9 * 12 * static_cast<double>(kRounds * spin_.lanes * sink.size()) / seconds;
  }

  std::unique_ptr<Linear> random_linear(const Shape& shape) {
    weights_.resize(static_cast<std::size_t>(shape.inputs) * static_cast<std::size_t>(shape.outputs));
    std::uint32_t state = 1;
    for (float& weight : weights_)
      weight = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-29f - 0.015f;
    const auto view = [&](std::size_t count, std::vector<std::int64_t> dims) {
      return TensorView{"weight", DType::kF32, std::move(dims),
                        std::as_bytes(std::span(weights_).first(count)), ""};
    };
    const LinearPart part{view(weights_.size(), {shape.outputs, shape.inputs}),
                          view(static_cast<std::size_t>(shape.outputs), {shape.outputs})};
    return std::move(*device_->upload_linear({&part, 1}, kind_, {}));
  }

  void measure(const Shape& shape, std::size_t rows) {
    const auto linear = random_linear(shape);
    const auto in = std::move(*device_->allocate(rows, static_cast<std::size_t>(shape.inputs)));
    const auto out = std::move(*device_->allocate(rows, static_cast<std::size_t>(shape.outputs)));
    const auto residual = std::move(*device_->allocate(rows, static_cast<std::size_t>(shape.outputs)));
    PackedTokens none;
    const double work = 2e-9 * static_cast<double>(rows) * shape.inputs * shape.outputs;
    const int repeats = std::max(1, static_cast<int>(2.0 / work));  // about 20 ms at 100 GFLOP/s
    std::vector<double> rates, peaks;
    for (int round = 0; round < 9; ++round) {
      peaks.push_back(peak());
      const double start = clock_.now();
      const Status status = device_->run(none, [&](Pass& pass) {
        for (int i = 0; i < repeats; ++i)
          pass.linear(*linear, *in, rows, shape.epilogue,
                      shape.epilogue == Epilogue::kResidual ? residual.get() : nullptr, *out);
      });
      if (!status.ok()) std::exit(1);
      if (round > 0) rates.push_back(work * repeats / (clock_.now() - start));
    }
    std::printf("%-11s %6zu  %8.1f %8.1f  %6.1f  %5.1f %%\n", shape.name, rows, median(rates),
                *std::max_element(rates.begin(), rates.end()), median(peaks),
                100 * median(rates) / median(peaks));
    std::fflush(stdout);
  }

  Clock clock_;
  WeightKind kind_;
  ThreadPool pool_;
  Spin spin_;
  std::unique_ptr<Device> device_;
  std::vector<float> weights_;
};

}  // namespace
}  // namespace rappel::bench

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : rappel::read_cpu_info().usable_threads();
  const std::string wanted = argc > 2 ? argv[2] : rappel::cpu_targets().front();
  const auto targets = rappel::cpu_targets();
  if (std::find(targets.begin(), targets.end(), wanted) == targets.end()) {
    std::fprintf(stderr, "this machine has no target \"%s\"\n", wanted.c_str());
    return 2;
  }
  std::vector<std::size_t> rows;
  for (const char* at = argc > 3 ? argv[3] : "1,8,16,32,96,256,512,2048"; *at != '\0';) {
    char* end = nullptr;
    rows.push_back(std::max<std::size_t>(1, std::strtoul(at, &end, 10)));
    at = *end == ',' ? end + 1 : end;
    if (at == end && *end != '\0') return 2;
  }
  auto kind = rappel::WeightKind::kFloat32;
  for (const auto one : {rappel::WeightKind::kHalf, rappel::WeightKind::kInt8})
    if (argc > 4 && rappel::weight_kind_name(one) == std::string(argv[4])) kind = one;
  rappel::bench::Bench(threads, wanted, kind).run(rows);
  return 0;
}

#endif  // HWY_ONCE
