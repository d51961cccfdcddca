// The kernels of each instruction set against naive implementations in double precision, for shapes around
// every tile and vector boundary.
#include "engine/cpu/kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/cpu/memory.h"
#include "engine/cpu/packed_linear.h"
#include "engine/test_model.h"
#include "engine/test_targets.h"

namespace rappel::cpu {
namespace {

// Rows as the kernels expect them: padded; elements after the columns are 7.
struct Rows {
  Rows(std::size_t rows, std::size_t columns, std::uint32_t seed, float scale = 1.0f)
      : stride((columns + kRowAlign - 1) / kRowAlign * kRowAlign + kRowAlign) {
    values.allocate(rows * stride + kRowAlign);
    TestRandom random(seed);
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = 7.0f;
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) row(r)[c] = random.next() * scale;
  }
  float* row(std::size_t r) { return values.data() + r * stride; }
  std::size_t stride;
  Floats values;
};

double finish(double value, Epilogue epilogue, double residual) {
  switch (epilogue) {
    case Epilogue::kNone: return value;
    case Epilogue::kGelu: return value / 2 * (1 + std::erf(value / std::sqrt(2.0)));
    case Epilogue::kTanh: return std::tanh(value);
    case Epilogue::kRelu: return std::max(value, 0.0);
    case Epilogue::kResidual: return value + residual;
  }
  return value;
}

class CpuKernels : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RAPPEL_SKIP_UNLESS_IT_RUNS(GetParam()); }
  const Kernels& kernels() const { return kernels_named(GetParam()); }

  std::unique_ptr<PackedLinear> pack(std::size_t inputs, std::size_t outputs) {
    TestRandom random(static_cast<std::uint32_t>(inputs * 1000 + outputs));
    weight_ = random.numbers(inputs * outputs);
    bias_ = random.numbers(outputs);
    const auto n = static_cast<std::int64_t>(outputs), k = static_cast<std::int64_t>(inputs);
    // If possible in two parts, so that a boundary lies inside a panel.
    const std::int64_t first = n / 3;
    const auto bytes = [](const float* from, std::int64_t count) {
      return std::as_bytes(std::span(from, static_cast<std::size_t>(count)));
    };
    std::vector<LinearPart> parts;
    for (const auto& [begin, end] : {std::pair<std::int64_t, std::int64_t>(0, first), {first, n}})
      if (begin < end)
        parts.push_back(
            {{"w", DType::kF32, {end - begin, k}, bytes(weight_.data() + begin * k, (end - begin) * k), ""},
             {"b", DType::kF32, {end - begin}, bytes(bias_.data() + begin, end - begin), ""}});
    return std::move(*pack_linear(parts, kernels(), pool_));
  }

  static LinearArgs linear_args(const PackedLinear& linear, Rows& in, std::size_t rows, Epilogue epilogue,
                                Rows& residual, Rows& out) {
    return {in.row(0),
            in.stride,
            rows,
            static_cast<std::size_t>(linear.inputs()),
            linear.weights.data(),
            linear.panels,
            0,
            linear.panels,
            linear.bias.data(),
            epilogue,
            residual.row(0),
            residual.stride,
            out.row(0),
            out.stride};
  }

  ThreadPool pool_{1};
  std::vector<float> weight_, bias_;
};

TEST_P(CpuKernels, LinearLayersMatchNaive) {
  constexpr std::size_t kRows = 40;
  const Epilogue epilogues[] = {Epilogue::kNone, Epilogue::kGelu, Epilogue::kTanh, Epilogue::kRelu,
                                Epilogue::kResidual};
  for (const auto& [inputs, outputs] :
       {std::pair<std::size_t, std::size_t>(1, 1), {5, 7}, {32, 16}, {257, 33}, {300, 48}, {513, 100}}) {
    const auto linear = pack(inputs, outputs);
    Rows in(kRows, inputs, 1, 0.5f), residual(kRows, outputs, 2), out(kRows + 1, outputs, 3),
        one(1, outputs, 4);
    std::vector<double> sums(kRows * outputs);
    for (std::size_t m = 0; m < kRows; ++m)
      for (std::size_t n = 0; n < outputs; ++n) {
        double& sum = sums[m * outputs + n] = bias_[n];
        for (std::size_t k = 0; k < inputs; ++k)
          sum += static_cast<double>(in.row(m)[k]) * static_cast<double>(weight_[n * inputs + k]);
      }
    for (std::size_t rows = 1; rows <= kRows; ++rows) {
      const Epilogue epilogue = epilogues[rows % 5];
      std::fill_n(out.row(rows), out.stride, 11.0f);
      kernels().linear(linear_args(*linear, in, rows, epilogue, residual, out));
      for (std::size_t m = 0; m < rows; ++m) {
        for (std::size_t n = 0; n < outputs; ++n)
          ASSERT_NEAR(out.row(m)[n], finish(sums[m * outputs + n], epilogue, residual.row(m)[n]),
                      4e-6 * std::sqrt(static_cast<double>(inputs)) + 1e-6)
              << inputs << "x" << outputs << " rows " << rows << " at " << m << "," << n;
        // Bit-identical to the row alone.
        LinearArgs alone = linear_args(*linear, in, 1, epilogue, residual, one);
        alone.in = in.row(m);
        alone.residual = residual.row(m);
        kernels().linear(alone);
        ASSERT_TRUE(std::equal(one.row(0), one.row(0) + outputs, out.row(m))) << rows << " row " << m;
      }
      for (std::size_t n = 0; n < out.stride; ++n)
        ASSERT_EQ(out.row(rows)[n], 11.0f) << "wrote after its rows";
    }
  }
}

TEST_P(CpuKernels, AttentionMatchesNaive) {
  for (const std::size_t size : {8, 12, 32, 64, 65}) {
    Floats scratch;
    ASSERT_TRUE(scratch.allocate(attention_scratch(size)));
    for (const std::size_t keys : {1, 2, 7, 16, 17, 33, 127, 128, 129, 300}) {
      Rows qkv(keys, 3 * size, static_cast<std::uint32_t>(keys), 2.0f), out(keys + 1, size, 5);
      const std::size_t queries = std::min(keys, kTaskQueries);
      kernels().attention({qkv.row(0), qkv.row(0) + size, qkv.row(0) + 2 * size, qkv.stride, queries, keys,
                           size, out.row(0), out.stride, scratch.data()});
      for (std::size_t query = 0; query < queries; ++query) {
        std::vector<double> weights(keys);
        double sum = 0;
        for (std::size_t key = 0; key < keys; ++key) {
          double dot = 0;
          for (std::size_t i = 0; i < size; ++i)
            dot += static_cast<double>(qkv.row(query)[i]) * static_cast<double>(qkv.row(key)[size + i]);
          sum += weights[key] = std::exp(dot / std::sqrt(static_cast<double>(size)));
        }
        for (std::size_t i = 0; i < size; ++i) {
          double value = 0;
          for (std::size_t key = 0; key < keys; ++key)
            value += weights[key] / sum * static_cast<double>(qkv.row(key)[2 * size + i]);
          ASSERT_NEAR(out.row(query)[i], value, 4e-6) << size << " " << keys << " query " << query;
        }
      }
      // Bit-identical for one query alone.
      Rows one(1, size, 6);
      const std::size_t last = queries - 1;
      kernels().attention({qkv.row(last), qkv.row(0) + size, qkv.row(0) + 2 * size, qkv.stride, 1, keys, size,
                           one.row(0), one.stride, scratch.data()});
      ASSERT_TRUE(std::equal(one.row(0), one.row(0) + size, out.row(last))) << size << " " << keys;
    }
  }
}

TEST_P(CpuKernels, RowKernelsMatchNaive) {
  for (const std::size_t columns : {1, 3, 5, 15, 16, 17, 31, 48, 384}) {
    Rows rows(3, columns, 8), scale(1, columns, 9), shift(1, columns, 10), normal(1, columns, 11),
        unit(1, columns, 12), mean(1, columns, 13);
    std::copy_n(rows.row(0), columns, normal.row(0));
    std::copy_n(rows.row(0), columns, unit.row(0));
    for (std::size_t c = 0; c < columns; ++c)
      normal.row(0)[c] += 100.0f;  // catastrophic cancellation for a one-pass variance
    std::vector<float> before(normal.row(0), normal.row(0) + columns);
    kernels().layer_norm({scale.row(0), shift.row(0), columns, 1e-5f}, normal.row(0));
    kernels().l2_normalize(unit.row(0), columns);
    kernels().mean(rows.row(0), rows.stride, 3, columns, mean.row(0));
    double average = 0, variance = 0, squares = 0;
    for (std::size_t c = 0; c < columns; ++c)
      average += static_cast<double>(before[c]) / static_cast<double>(columns);
    for (std::size_t c = 0; c < columns; ++c)
      variance += std::pow(static_cast<double>(before[c]) - average, 2) / static_cast<double>(columns);
    for (std::size_t c = 0; c < columns; ++c) squares += std::pow(static_cast<double>(rows.row(0)[c]), 2);
    for (std::size_t c = 0; c < columns; ++c) {
      const double value = (static_cast<double>(before[c]) - average) / std::sqrt(variance + 1e-5);
      // The unit in the last place of 100 is 8e-6; the mean adds one rounding.
      ASSERT_NEAR(normal.row(0)[c],
                  value * static_cast<double>(scale.row(0)[c]) + static_cast<double>(shift.row(0)[c]),
                  5e-5 + (columns == 1 ? 1.0 : 0.0))
          << columns;
      ASSERT_NEAR(unit.row(0)[c], static_cast<double>(rows.row(0)[c]) / std::sqrt(squares), 3e-7);
      ASSERT_NEAR(mean.row(0)[c],
                  (static_cast<double>(rows.row(0)[c]) + static_cast<double>(rows.row(1)[c]) +
                   static_cast<double>(rows.row(2)[c])) /
                      3,
                  2e-7);
    }
  }
  Rows zero(1, 20, 1, 0.0f);
  kernels().l2_normalize(zero.row(0), 20);
  EXPECT_EQ(zero.row(0)[3], 0.0f);
}

TEST_P(CpuKernels, MathFunctionsStayWithinStatedErrors) {
  constexpr std::size_t kCount = 200001;
  std::vector<float> in(kCount), out(kCount);
  const auto spread = [&](double from, double to) {
    for (std::size_t i = 0; i < kCount; ++i)
      in[i] = static_cast<float>(from + (to - from) * static_cast<double>(i) / (kCount - 1));
  };
  double worst = 0;
  spread(-87, 88);
  kernels().exp(in.data(), kCount, out.data());
  for (std::size_t i = 0; i < kCount; ++i)
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) / std::exp(static_cast<double>(in[i])) - 1));
  EXPECT_LE(worst, 2.5e-7) << "exp, relative";
  in = {-1000.0f, -INFINITY, -88.0f};
  kernels().exp(in.data(), 3, out.data());
  for (int i = 0; i < 3; ++i) EXPECT_LT(out[static_cast<std::size_t>(i)], 2e-38f);
  in.resize(kCount);

  worst = 0;
  spread(-126, 0);
  kernels().exp2(in.data(), kCount, out.data());
  for (std::size_t i = 0; i < kCount; ++i)
    worst =
        std::max(worst, std::abs(static_cast<double>(out[i]) / std::exp2(static_cast<double>(in[i])) - 1));
  EXPECT_LE(worst, 2.5e-7) << "exp2, relative";
  EXPECT_EQ(out.back(), 1.0f);
  in = {-1000.0f, -INFINITY, -127.0f};
  kernels().exp2(in.data(), 3, out.data());
  for (int i = 0; i < 3; ++i) EXPECT_LT(out[static_cast<std::size_t>(i)], 2e-38f);
  in.resize(kCount);

  worst = 0;
  spread(-6, 6);
  kernels().gelu(in.data(), kCount, out.data());
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto x = static_cast<double>(in[i]);
    worst =
        std::max(worst, std::abs(static_cast<double>(out[i]) - x / 2 * (1 + std::erf(x / std::sqrt(2.0)))));
  }
  const std::string name = GetParam();
  EXPECT_LE(worst, name == "sse4" || name == "portable" ? 1.2e-6 : 1e-6) << "gelu, absolute";
  in = {-1e30f, -40.0f, 40.0f, 1e30f};
  kernels().gelu(in.data(), 4, out.data());
  EXPECT_EQ(std::vector<float>(out.begin(), out.begin() + 4), (std::vector<float>{0, 0, 40, 1e30f}));
  in.resize(kCount);

  worst = 0;
  spread(-12, 12);
  kernels().tanh(in.data(), kCount, out.data());
  for (std::size_t i = 0; i < kCount; ++i)
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) - std::tanh(static_cast<double>(in[i]))));
  EXPECT_LE(worst, 3e-7) << "tanh, absolute";
}

INSTANTIATE_TEST_SUITE_P(Targets, CpuKernels, testing::ValuesIn(float_targets()),
                         [](const auto& test) { return test.param; });

TEST(KernelList, FastestFirst) {
  std::size_t lanes = SIZE_MAX;
  for (const KernelSet& set : kernel_sets()) {
    if (!set.kernels) continue;
    EXPECT_LE(set.kernels->lanes, lanes) << set.name;
    lanes = set.kernels->lanes;
  }
}

}  // namespace
}  // namespace rappel::cpu
