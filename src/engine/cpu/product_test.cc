// Products of quantized weights: each against a naive implementation of the same arithmetic, bit for bit; the
// quantization of rows; and whole linear ops of every target and kind against double precision.
#include "engine/cpu/product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>

#include "engine/cpu/cpu_device.h"
#include "engine/cpu/cpu_features.h"
#include "engine/cpu/quantized_linear.h"
#include "engine/cpu/target.h"
#include "engine/packed_tokens.h"
#include "engine/test_model.h"
#include "engine/test_targets.h"

namespace rappel::cpu {
namespace {

struct Weights {
  Weights(std::size_t inputs, std::size_t outputs, std::vector<float> from)
      : values(std::move(from)), bias(outputs), parts(1) {
    TestRandom random(99);
    bias = random.numbers(outputs);
    const auto n = static_cast<std::int64_t>(outputs), k = static_cast<std::int64_t>(inputs);
    parts[0] = {{"w", DType::kF32, {n, k}, std::as_bytes(std::span(values)), ""},
                {"b", DType::kF32, {n}, std::as_bytes(std::span(bias)), ""}};
  }
  std::vector<float> values, bias;
  std::vector<LinearPart> parts;
};

Weights random_weights(std::size_t inputs, std::size_t outputs) {
  TestRandom random(static_cast<std::uint32_t>(inputs * 1000 + outputs));
  return {inputs, outputs, random.numbers(inputs * outputs)};
}

// A product, under the name of the slowest target that has it.
struct BuiltProduct {
  std::string target;
  WeightKind kind;
  const Product* product;
};

std::vector<BuiltProduct> product_list() {
  std::vector<BuiltProduct> list;
  const auto add = [&list](const char* target, WeightKind kind, const Product* product) {
    if (std::none_of(list.begin(), list.end(), [&](const auto& listed) { return listed.product == product; }))
      list.push_back({target, kind, product});
  };
  for (std::size_t i = built_targets().size(); i-- > 0;) {
    const BuiltTarget& target = built_targets()[i];
    add(target.name, WeightKind::kInt8, target.int8);
    add(target.name, WeightKind::kHalf, target.half);
  }
  return list;
}

float from_bf16(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

template <class T>
T element(const std::byte* bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof value, sizeof value);
  return value;
}

void no_finish(const LinearArgs&, std::size_t, std::size_t) {}

class CpuProduct : public testing::TestWithParam<BuiltProduct> {
 protected:
  void SetUp() override { RAPPEL_SKIP_UNLESS_IT_RUNS(GetParam().target); }
  enum class Fill { kRandom, kLargest, kZeros };

  const Product& product() const { return *GetParam().product; }
  bool bf16() const { return product().format == Format::kBf16; }

  void prepare(const Weights& weights, std::size_t rows, Fill fill) {
    linear_ = std::move(*quantize_linear(weights.parts, product(), {}, pool_));
    const auto inputs = static_cast<std::size_t>(linear_->inputs());
    place_ = std::make_unique<QuantizedRows>(product().format, inputs);
    in_.assign(place_->bytes(rows),
               std::byte{0x55});  // bytes after the inputs are multiplied by zero weights
    scales_.assign(place_->scales(rows), 0);
    TestRandom random(static_cast<std::uint32_t>(rows + inputs));
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t k = 0; k < inputs; ++k) set_input(row, k, fill, random);
    for (std::size_t i = 0; i < scales_.size(); i += 2) {
      scales_[i] = 0.01f + std::abs(random.next());
      scales_[i + 1] = product().format == Format::kInt8
                           ? static_cast<float>(random.below(static_cast<std::uint32_t>(product().levels)))
                           : 0.0f;
    }
  }

  void set_input(std::size_t row, std::size_t k, Fill fill, TestRandom& random) {
    std::byte* to = in_.data() + row * place_->stride;
    const int most = product().format == Format::kInt8 ? product().levels : kInt16Levels;
    int value = fill == Fill::kLargest ? most
                : fill == Fill::kZeros ? 0
                                       : static_cast<int>(random.below(static_cast<std::uint32_t>(most + 1)));
    if (product().format == Format::kInt8) return void(to[k] = static_cast<std::byte>(value));
    if (fill == Fill::kRandom && random.below(2) != 0) value = -value;
    auto bits = static_cast<std::uint16_t>(static_cast<std::int16_t>(value));
    if (bf16()) {
      const float number = static_cast<float>(value) / 1024;
      std::uint32_t wide = 0;
      std::memcpy(&wide, &number, sizeof wide);
      bits = static_cast<std::uint16_t>(wide >> 16);
    }
    std::memcpy(to + 2 * k, &bits, sizeof bits);
  }

  std::vector<float> multiply(std::size_t first, std::size_t rows, std::size_t panel_begin,
                              std::size_t panel_end) {
    std::vector<float> out(rows * linear_->columns(), 11.0f);
    LinearArgs args{};
    args.out = out.data();
    args.out_stride = linear_->columns();
    args.rows = rows;
    product().multiply({in_.data() + first * place_->stride, place_->stride,
                        scales_.data() + first * place_->scales_stride, place_->scales_stride, rows,
                        linear_->padded_inputs(), linear_->bytes(), linear_->scales.data(),
                        linear_->sums.data(), linear_->columns(), panel_begin, panel_end, args, &no_finish});
    return out;
  }

  int weight(std::size_t n, std::size_t k) const {
    const std::size_t per_step = 4 / element_bytes(product().format);
    const std::size_t at =
        ((n / kPanel * linear_->padded_inputs() + k) / per_step * kPanel + n % kPanel) * per_step +
        k % per_step;
    if (product().format == Format::kInt8) return element<std::int8_t>(linear_->bytes(), at);
    return element<std::int16_t>(linear_->bytes(), at);
  }

  int input(std::size_t row, std::size_t k) const {
    const std::byte* from = in_.data() + row * place_->stride;
    if (product().format == Format::kInt8) return element<std::uint8_t>(from, k);
    return element<std::int16_t>(from, k);
  }

  float naive(std::size_t row, std::size_t n) const {
    const auto inputs = static_cast<std::size_t>(linear_->inputs());
    if (bf16()) {
      double sum = 0;
      for (std::size_t k = 0; k < inputs; ++k)
        sum += static_cast<double>(from_bf16(static_cast<std::uint16_t>(input(row, k)))) *
               static_cast<double>(from_bf16(static_cast<std::uint16_t>(weight(n, k))));
      return static_cast<float>(sum);
    }
    float out = 0;
    for (std::size_t begin = 0; begin < inputs; begin += kGroup) {
      std::int64_t sum = 0, weights = 0, absolute = 0;
      for (std::size_t k = begin; k < std::min(begin + kGroup, inputs); ++k) {
        sum += std::int64_t{input(row, k)} * weight(n, k);
        weights += weight(n, k);
        absolute += std::abs(weight(n, k));
      }
      const std::size_t group = begin / kGroup, at = group * linear_->columns() + n;
      if (product().format == Format::kInt16)
        EXPECT_LE(absolute * kInt16Levels, 2147483647) << "sums of a group fit int32";
      else
        EXPECT_EQ(static_cast<float>(weights), linear_->sums.data()[at]);
      const float* scale = scales_.data() + row * place_->scales_stride + 2 * group;
      const float whole = std::fma(-scale[1], linear_->sums.data()[at], static_cast<float>(sum));
      out = std::fma(whole, scale[0] * linear_->scales.data()[at], out);
    }
    return out;
  }

  void check(std::size_t rows) {
    const auto outputs = static_cast<std::size_t>(linear_->outputs()),
               inputs = static_cast<std::size_t>(linear_->inputs());
    const std::vector<float> out = multiply(0, rows, 0, linear_->panels);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t n = 0; n < outputs; ++n) {
        const float wanted = naive(row, n), got = out[row * linear_->columns() + n];
        if (bf16())
          ASSERT_NEAR(got, wanted, 1e-4 * std::sqrt(static_cast<double>(inputs))) << row << "," << n;
        else
          ASSERT_EQ(got, wanted) << inputs << "x" << outputs << " rows " << rows << " at " << row << "," << n;
      }
  }

  ThreadPool pool_{1};
  std::unique_ptr<QuantizedLinear> linear_;
  std::unique_ptr<QuantizedRows> place_;
  std::vector<std::byte> in_;
  std::vector<float> scales_;
};

constexpr std::pair<std::size_t, std::size_t> kShapes[] = {
    {1, 1},    {5, 7},    {64, 16},  {70, 33},
    {257, 48}, {300, 65}, {520, 40}, {1100, 40}};  // more than a block of depth

TEST_P(CpuProduct, MatchesNaiveForAllShapes) {
  for (const auto& [inputs, outputs] : kShapes) {
    const Weights weights = random_weights(inputs, outputs);
    for (const std::size_t rows : {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 25, 31, 32, 33, 49, 64, 65}) {
      prepare(weights, rows, Fill::kRandom);
      check(rows);
    }
  }
}

TEST_P(CpuProduct, SingleRowIsBitIdentical) {
  constexpr std::size_t kRows = 70;
  prepare(random_weights(300, 50), kRows, Fill::kRandom);
  const std::size_t columns = linear_->columns();
  const std::vector<float> all = multiply(0, kRows, 0, linear_->panels);
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::vector<float> one = multiply(row, 1, 0, linear_->panels);
    ASSERT_EQ(0, std::memcmp(one.data(), all.data() + row * columns, columns * sizeof(float))) << row;
  }
}

TEST_P(CpuProduct, WritesOnlyItsPanels) {
  prepare(random_weights(70, 80), 5, Fill::kRandom);
  const std::vector<float> all = multiply(0, 5, 0, 5), part = multiply(0, 5, 1, 4);
  for (std::size_t row = 0; row < 5; ++row)
    for (std::size_t n = 0; n < 80; ++n)
      ASSERT_EQ(part[row * 80 + n], n >= 16 && n < 64 ? all[row * 80 + n] : 11.0f);
}

TEST_P(CpuProduct, LargestNumbersDoNotSaturate) {
  constexpr std::size_t kInputs = 520, kOutputs = 20;
  for (const int pattern : {0, 1, 2, 3}) {
    std::vector<float> values(kInputs * kOutputs);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool negative = pattern == 1 || (pattern == 2 && i % 2 != 0) || (pattern == 3 && i % 8 >= 4);
      values[i] = negative ? -1.0f : 1.0f;
    }
    const Weights weights(kInputs, kOutputs, values);
    for (const Fill fill : {Fill::kLargest, Fill::kZeros}) {
      prepare(weights, 33, fill);
      check(33);
    }
  }
}

TEST(PairedProduct, WeightsReachButDoNotExceedTheirBound) {
  const Product paired{"", Format::kInt8, 127, true, 1, nullptr};
  ThreadPool pool(2);
  const Weights weights = random_weights(300, 40);
  const auto linear = std::move(*quantize_linear(weights.parts, paired, {}, pool));
  int most = 0;
  for (std::size_t step = 0; step < linear->panels * linear->padded_inputs() / 4; step += 2)
    for (std::size_t i = 0; i < kStepBytes; i += 2) {
      const std::byte* first = linear->bytes() + step * kStepBytes;
      int together = 0;
      for (const std::size_t at : {i, i + 1, kStepBytes + i, kStepBytes + i + 1})
        together += std::abs(element<std::int8_t>(first, at));
      most = std::max(most, together);
    }
  EXPECT_LE(most, kPairedLimit);
  EXPECT_GE(most, kPairedLimit - 8) << "the whole range is used";
}

INSTANTIATE_TEST_SUITE_P(Products, CpuProduct, testing::ValuesIn(product_list()), [](const auto& test) {
  return test.param.target + "_" + weight_kind_name(test.param.kind);
});

class CpuQuantize : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RAPPEL_SKIP_UNLESS_IT_RUNS(GetParam()); }
  const Kernels& kernels() const { return kernels_named(GetParam()); }
};

TEST_P(CpuQuantize, RoundTripErrorIsAtMostHalfAStep) {
  for (const std::size_t inputs : {1, 3, 15, 16, 17, 255, 256, 257, 300, 384}) {
    TestRandom random(static_cast<std::uint32_t>(inputs));
    std::vector<float> in(inputs + 2 * kRowAlign,
                          1000.0f);  // elements after the inputs must not widen the range
    for (std::size_t i = 0; i < inputs; ++i) in[i] = random.next() * 3 + 1;
    for (const int levels : {127, 255, kInt16Levels}) {
      const bool wide = levels == kInt16Levels;
      std::vector<std::int16_t> out(inputs + 64);
      std::vector<float> scales(4);
      (wide ? kernels().quantize_int16 : kernels().quantize_int8)({in.data(), inputs, kGroup, levels},
                                                                  out.data(), scales.data());
      for (std::size_t i = 0; i < inputs; ++i) {
        const float* scale = scales.data() + i / kGroup * 2;
        const int value = wide ? out[i] : reinterpret_cast<const std::uint8_t*>(out.data())[i];
        ASSERT_LE(std::abs(value), levels);
        ASSERT_NEAR((static_cast<float>(value) - scale[1]) * scale[0], in[i], 1.001f * scale[0])
            << inputs << " " << i;
      }
    }
  }
}

TEST_P(CpuQuantize, TwoPlanesRoundTripErrorIsAtMostHalfALowStep) {
  for (const std::size_t inputs : {1, 16, 17, 255, 256, 257, 384}) {
    TestRandom random(static_cast<std::uint32_t>(inputs));
    std::vector<float> in(inputs + 2 * kRowAlign, 1000.0f);
    for (std::size_t i = 0; i < inputs; ++i) in[i] = random.next() * 3 + 1;
    in[0] = 40.0f;  // an outlier takes most of the range
    for (const int levels : {127, 255}) {
      std::vector<std::uint8_t> high(inputs + 64), low(inputs + 64);
      std::vector<float> high_scales(4), low_scales(4);
      kernels().quantize_wide({in.data(), inputs, kGroup, levels}, high.data(), high_scales.data(),
                              low.data(), low_scales.data());
      for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t group = i / kGroup * 2;
        ASSERT_LE(std::max(high[i], low[i]), levels);
        const double value = (double{high[i] - high_scales[group + 1]}) * high_scales[group] +
                             (double{low[i] - low_scales[group + 1]}) * low_scales[group];
        // Half a step from each of the two roundings, the value's and the zero's, and those of float32.
        ASSERT_NEAR(value, in[i], 1.01 * low_scales[group] + 4e-6) << inputs << " " << i;
      }
      EXPECT_LT(low_scales[0], 45.0f / (levels * levels));
    }
  }
}

TEST_P(CpuQuantize, ZerosAndTinyNumbersQuantizeToZero) {
  for (const float value : {0.0f, 1e-38f, -1e-40f}) {
    const std::vector<float> in(48, value);
    std::vector<std::int16_t> out(64);
    std::vector<float> scales(2, 5.0f);
    kernels().quantize_int8({in.data(), 20, kGroup, 255}, out.data(), scales.data());
    EXPECT_EQ(scales[0], 0.0f);
    EXPECT_EQ(scales[1], 0.0f);
    kernels().quantize_int16({in.data(), 20, kGroup, kInt16Levels}, out.data(), scales.data());
    EXPECT_EQ(scales[0], 0.0f);
    EXPECT_EQ(out[19], 0);
  }
}

TEST_P(CpuQuantize, Bfloat16RoundsToNearestEven) {
  const std::vector<float> in = {1.0f,        1.00390625f, 1.01171875f, -1.00390625f,
                                 3.14159274f, 0.0f,        65504.0f,    1e-20f};
  const std::uint16_t wanted[] = {0x3f80, 0x3f80, 0x3f82, 0xbf80, 0x4049, 0, 0x4780, 0x1e3d};
  std::vector<float> padded = in;
  padded.resize(32);
  std::vector<std::uint16_t> out(32);
  kernels().quantize_bf16({padded.data(), in.size(), kGroup, 0}, out.data(), nullptr);
  for (std::size_t i = 0; i < in.size(); ++i) EXPECT_EQ(out[i], wanted[i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Targets, CpuQuantize, testing::ValuesIn(float_targets()),
                         [](const auto& test) { return test.param; });

class CpuKinds : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RAPPEL_SKIP_UNLESS_IT_RUNS(GetParam()); }

  std::vector<float> run(const Linear& linear, const Buffer& in, std::size_t rows, Epilogue epilogue,
                         const Buffer& add) {
    const auto columns = static_cast<std::size_t>(linear.outputs());
    const auto out = std::move(*device_->allocate(rows, columns));
    std::vector<float> numbers(rows * columns);
    const PackedTokens none;
    const Status status = device_->run(none, [&](Pass& pass) {
      pass.linear(linear, in, rows, epilogue, epilogue == Epilogue::kResidual ? &add : nullptr, *out);
      pass.download(*out, rows, columns, numbers.data());
    });
    EXPECT_TRUE(status.ok()) << status.to_string();
    return numbers;
  }

  // Normalized rows with these numbers, uploaded as an embedding table.
  // `scale`: of the LayerNorm; empty: ones.
  std::unique_ptr<Buffer> upload(const std::vector<float>& values, std::size_t rows, std::size_t columns,
                                 std::vector<float> scale = {}) {
    const std::vector<float> zero(columns);
    if (scale.empty()) scale.assign(columns, 1.0f);
    const auto view = [](const std::vector<float>& from, std::vector<std::int64_t> shape) {
      return TensorView{"x", DType::kF32, std::move(shape), std::as_bytes(std::span(from)), ""};
    };
    const auto width = static_cast<std::int64_t>(columns);
    const auto words =
        std::move(*device_->upload_table(view(values, {static_cast<std::int64_t>(rows), width})));
    const auto other = std::move(*device_->upload_table(view(zero, {1, width})));
    const auto norm = std::move(*device_->upload_norm(view(scale, {width}), view(zero, {width}), 1e-12f));
    auto buffer = std::move(*device_->allocate(rows, columns));
    PackedTokens batch;
    batch.starts = {0, static_cast<std::int32_t>(rows)};
    for (std::size_t i = 0; i < rows; ++i) batch.ids.push_back(static_cast<std::int32_t>(i));
    batch.positions.assign(rows, 0);
    EXPECT_TRUE(device_
                    ->run(batch,
                          [&](Pass& pass) {
                            pass.embed({words.get(), other.get(), other.get(), norm.get()}, *buffer);
                          })
                    .ok());
    return buffer;
  }

  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = target_device(pool_, GetParam());
};

// Two inputs are 50 times as large as the others, as in XLM-RoBERTa; as in trained models, their weights are
// smaller.
TEST_P(CpuKinds, SmoothingOutliersReducesInt8Error) {
  constexpr std::size_t kRows = 20, kInputs = 300, kOutputs = 50;
  Weights weights = random_weights(kInputs, kOutputs);
  TestRandom random(5);
  std::vector<float> sizes(kInputs, 1.0f);
  for (const std::size_t outlier : {7, 260}) {
    sizes[outlier] = 50.0f;
    for (std::size_t n = 0; n < kOutputs; ++n) weights.values[n * kInputs + outlier] /= 10.0f;
  }
  const auto in = upload(random.numbers(kRows * kInputs), kRows, kInputs, sizes);
  const auto exact = std::move(*device_->upload_linear(weights.parts, WeightKind::kFloat32, {}));
  const std::vector<float> wanted = run(*exact, *in, kRows, Epilogue::kNone, *in);
  const auto error = [&](std::span<const float> known) {
    const auto linear = std::move(*device_->upload_linear(weights.parts, WeightKind::kInt8, known));
    const std::vector<float> got = run(*linear, *in, kRows, Epilogue::kNone, *in);
    double squares = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      squares += std::pow(static_cast<double>(wanted[i]) - static_cast<double>(got[i]), 2);
    return std::sqrt(squares);
  };
  EXPECT_LT(error(sizes), 0.4 * error({}));
  // Equal sizes change nothing.
  const std::vector<float> alike(kInputs, 3.0f);
  EXPECT_EQ(error(alike), error({}));
}

TEST_P(CpuKinds, LinearOpsMatchDoublePrecisionWithEveryEpilogue) {
  constexpr std::size_t kRows = 37, kInputs = 300, kOutputs = 50;
  const Weights weights = random_weights(kInputs, kOutputs);
  TestRandom random(3);
  const auto in = upload(random.numbers(kRows * kInputs), kRows, kInputs);
  const auto add = upload(random.numbers(kRows * kOutputs), kRows, kOutputs);
  const auto exact = std::move(*device_->upload_linear(weights.parts, WeightKind::kFloat32, {}));
  // Relative to the square root of inputs: the rounding error of the kind for numbers around 1.
  for (const auto& [kind, bar] :
       {std::pair(WeightKind::kHalf, 2.5e-3), {WeightKind::kW8A16, 1.9e-2}, {WeightKind::kInt8, 2e-2}}) {
    ASSERT_TRUE(device_->supports(kind));
    const auto linear = std::move(*device_->upload_linear(weights.parts, kind, {}));
    for (const Epilogue epilogue :
         {Epilogue::kNone, Epilogue::kGelu, Epilogue::kTanh, Epilogue::kRelu, Epilogue::kResidual}) {
      const std::vector<float> wanted = run(*exact, *in, kRows, epilogue, *add),
                               got = run(*linear, *in, kRows, epilogue, *add);
      double squares = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        squares += std::pow(static_cast<double>(wanted[i]) - static_cast<double>(got[i]), 2);
      EXPECT_LE(std::sqrt(squares / static_cast<double>(wanted.size())),
                bar * std::sqrt(static_cast<double>(kInputs)) / 2)
          << weight_kind_name(kind) << " " << static_cast<int>(epilogue);
      EXPECT_GT(squares, 0) << "float32 answered";
      // Fewer rows give the same bits.
      for (const std::size_t rows : {1, 8, 17}) {
        const std::vector<float> part = run(*linear, *in, rows, epilogue, *add);
        ASSERT_TRUE(std::equal(part.begin(), part.end(), got.begin())) << rows;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, CpuKinds, testing::ValuesIn(built_target_names()),
                         [](const auto& test) { return test.param; });

TEST(TargetList, BestFirstAndLookupByName) {
  EXPECT_EQ(find_target(""), &all_targets().front());
  for (const Target& target : all_targets()) {
    EXPECT_EQ(find_target(target.name), &target);
    EXPECT_EQ(target.product(WeightKind::kFloat32), nullptr);
    EXPECT_EQ(target.product(WeightKind::kInt8)->format, Format::kInt8);
    EXPECT_NE(target.product(WeightKind::kHalf)->format, Format::kInt8);
  }
  EXPECT_EQ(find_target("avx9"), nullptr);
}

TEST(TargetList, TargetsRunOrNameMissingFeatures) {
  std::vector<std::string> runs;
  for (const BuiltTarget& target : built_targets()) {
    EXPECT_EQ(find_target(target.name) != nullptr, target.missing.empty()) << target.name;
    if (target.missing.empty()) runs.emplace_back(target.name);
  }
  EXPECT_EQ(runs, cpu_targets());
  for (const KernelSet& set : kernel_sets())
    EXPECT_EQ(set.kernels.has_value(), find_target(set.name) != nullptr)
        << "kernels without a target " << set.name;
  EXPECT_EQ(missing_features(std::array{"no such thing"}), "no such thing");
}

TEST(TargetList, RequiredFeaturesAreThoseOfKernelsAndProducts) {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"amx", {"AVX-512", "AMX-BF16", "AMX-INT8"}},
      {"avx512vnni", {"AVX-512", "AVX-512 VNNI"}},
      {"avx512", {"AVX-512", "AVX2"}},
      {"avxvnni", {"AVX2", "AVX-VNNI"}},
      {"avx2", {"AVX2"}},
      {"sse4", {"SSE4"}},
      {"neon_i8mm", {"NEON", "BF16", "I8MM"}},
      {"neon_dotprod", {"NEON", "DotProd"}},
      {"neon", {"NEON"}},
      {"portable", {}}};
  for (const BuiltTarget& target : built_targets()) {
    const std::vector<std::string> features(target.features.begin(), target.features.end());
    const auto known = expected.find(target.name);
    if (known != expected.end()) {
      EXPECT_EQ(features, known->second) << target.name;
    }
    // cpu_features() detects each, or the target would never run.
    for (const std::string& feature : features)
      EXPECT_TRUE(std::any_of(cpu_features().begin(), cpu_features().end(),
                              [&](const CpuFeature& listed) { return listed.name == feature; }))
          << target.name << " needs " << feature;
  }
}

}  // namespace
}  // namespace rappel::cpu
