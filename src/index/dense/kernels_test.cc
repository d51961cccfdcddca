#include "index/simd_targets.h"
// Before Highway.
#include "index/dense/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "index/test_targets.h"

namespace rappel {
namespace {

class DenseKernels : public EachTarget {
 protected:
  std::mt19937 random_{7};
};

struct Codes {
  std::vector<std::uint64_t> codes;
  std::vector<float> factor, offset;
  std::vector<std::uint16_t> ones;
  CodeBlock block() const { return {codes.data(), factor.data(), offset.data(), ones.data()}; }
};

Codes random_codes(std::mt19937& random, std::size_t words) {
  Codes codes;
  std::uniform_real_distribution<float> real(-1, 1);
  // Room for what is fetched ahead.
  for (std::size_t i = 0; i < kCodeBlock * words; ++i)
    codes.codes.push_back(std::uint64_t{random()} << 32 | random());
  for (std::size_t i = 0; i < kCodeBlock; ++i) {
    codes.factor.push_back(real(random));
    codes.offset.push_back(real(random));
    unsigned ones = 0;
    for (std::size_t w = 0; w < words; ++w)
      ones += static_cast<unsigned>(std::popcount(codes.codes[i * words + w]));
    codes.ones.push_back(static_cast<std::uint16_t>(ones));
  }
  return codes;
}

TEST_P(DenseKernels, EstimatesEqualPlainLoops) {
  for (const std::size_t words : {4, 8, 12, 16, 20, 24, 32}) {
    const Codes codes = random_codes(random_, words);
    std::vector<std::uint64_t> planes(4 * words);
    for (auto& word : planes) word = std::uint64_t{random_()} << 32 | random_();
    const CodeQuery query{planes.data(), words, 0.25f, -0.05f, 0.01f, 0.4f};
    const std::uint64_t wanted =
        words == 8 ? ~std::uint64_t{0} : (std::uint64_t{random_()} << 32 | random_()) & ~0xff00u;
    const float bar = 0.3f;
    float out[kCodeBlock];
    const std::uint64_t good = estimate_block(codes.block(), query, wanted, bar, out);
    for (std::size_t i = 0; i < kCodeBlock; ++i) {
      if ((wanted >> i & 1) == 0) {
        EXPECT_EQ(good >> i & 1, 0u);
        continue;
      }
      double s = 0;
      for (std::size_t bit = 0; bit < 64 * words; ++bit) {
        if ((codes.codes[i * words + bit / 64] >> (bit % 64) & 1) == 0) continue;
        for (std::size_t j = 0; j < 4; ++j)
          s += double(planes[j * words + bit / 64] >> (bit % 64) & 1) * (1 << j);
      }
      const double estimate =
          double(query.base) + double(codes.offset[i]) +
          double(codes.factor[i]) *
              (2 * (double(query.low) * codes.ones[i] + double(query.step) * s) - double(query.total));
      EXPECT_NEAR(out[i], estimate, 1e-4) << "row " << i << ", words " << words;
      if (std::abs(estimate - double(bar)) > 1e-4) {
        EXPECT_EQ((good >> i & 1) != 0, estimate >= double(bar));
      }
    }
  }
}

TEST_P(DenseKernels, FineDotsEqualPlainLoops) {
  for (const std::size_t dimensions : {128, 384, 1024, 4096}) {
    std::vector<std::vector<std::uint8_t>> rows(9, std::vector<std::uint8_t>(dimensions / 2));
    for (auto& row : rows)
      for (auto& byte : row) byte = static_cast<std::uint8_t>(random_());
    std::vector<std::int16_t> query(dimensions);
    for (auto& value : query) value = static_cast<std::int16_t>(static_cast<int>(random_() % 4095) - 2047);
    std::fill(rows[0].begin(), rows[0].end(), std::uint8_t{255});
    std::vector<const std::uint8_t*> at;
    for (const auto& row : rows) at.push_back(row.data());
    std::vector<std::int32_t> out(rows.size());
    fine_dots(at, query, out.data());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < dimensions; ++i) {
        const std::size_t group = i / kFineGroup, within = i % kFineGroup;
        const unsigned byte = rows[r][group * kFineGroup / 2 + within % (kFineGroup / 2)];
        sum += std::int64_t{query[i]} * (within < kFineGroup / 2 ? byte & 15 : byte >> 4);
      }
      EXPECT_EQ(out[r], sum) << "row " << r << ", dimensions " << dimensions;
    }
  }
}

TEST_P(DenseKernels, ProjectionsEqualPlainLoops) {
  std::normal_distribution<float> normal;
  const std::size_t count = 11, dimension = 77, directions = 5;
  std::vector<float> rows(count * dimension), matrix(directions * dimension), out(count * directions);
  for (float& value : rows) value = normal(random_);
  for (float& value : matrix) value = normal(random_);
  project_rows(rows.data(), count, matrix.data(), directions, dimension, out.data());
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t k = 0; k < directions; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < dimension; ++i)
        sum += double(rows[r * dimension + i]) * matrix[k * dimension + i];
      EXPECT_NEAR(out[r * directions + k], sum, 1e-4);
    }
}

// A score of one row is the same whatever is compared together with it.
TEST_P(DenseKernels, ProjectionsDoNotDependOnTheirNeighbours) {
  constexpr std::size_t kCount = 11, kDirections = 39, kDimension = 77;
  std::normal_distribution<float> normal;
  std::vector<float> rows(kCount * kDimension), matrix(kDirections * kDimension), out(kCount * kDirections);
  for (float& value : rows) value = normal(random_);
  for (float& value : matrix) value = normal(random_);
  project_rows(rows.data(), kCount, matrix.data(), kDirections, kDimension, out.data());
  for (std::size_t r = 0; r < kCount; ++r)
    for (std::size_t k = 0; k < kDirections; ++k) {
      float alone = 0;
      project_rows(rows.data() + r * kDimension, 1, matrix.data() + k * kDimension, 1, kDimension, &alone);
      EXPECT_EQ(out[r * kDirections + k], alone) << "row " << r << ", direction " << k;
    }
}

TEST_P(DenseKernels, MultiplicationIsByPlace) {
  std::vector<float> values(37), by(37), wanted(37);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i) - 5;
    by[i] = i % 3 == 0 ? -1.0f : 0.5f;
    wanted[i] = values[i] * by[i];
  }
  multiply(values.data(), by.data(), values.size());
  EXPECT_EQ(values, wanted);
}

TEST_P(DenseKernels, WalshHadamardEqualsTheMatrix) {
  std::normal_distribution<float> normal;
  for (const std::size_t n : {1, 2, 4, 8, 16, 32, 256}) {
    std::vector<float> values(n);
    for (float& value : values) value = normal(random_);
    std::vector<float> out = values;
    walsh_hadamard(out.data(), n, 0.5f);
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j)
        sum += std::popcount(i & j) % 2 == 0 ? double(values[j]) : -double(values[j]);
      EXPECT_NEAR(out[i], 0.5 * sum, 1e-4) << "value " << i << " of " << n;
    }
  }
}

TEST_P(DenseKernels, QuantizedValuesEqualPlainLoops) {
  std::normal_distribution<float> normal;
  std::vector<float> values(256);
  for (float& value : values) value = normal(random_);
  values[3] = 0;
  values[4] = 100;
  values[200] = -100;
  const float inverse = 7.5f / 3;
  std::vector<std::uint8_t> row(128);
  const float along = quantize_fine(values.data(), 256, inverse, row.data());
  double sum = 0, squares = 0, absolute = 0;
  std::vector<std::uint64_t> code(4), expected(4);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t within = i % kFineGroup;
    const unsigned byte = row[i / kFineGroup * 64 + within % 64], u = within < 64 ? byte & 15 : byte >> 4;
    // A value at the border of two steps may fall on either side.
    EXPECT_NEAR(u, std::clamp(double(values[i]) * double(inverse) + 7.5, 0.0, 15.0), 0.501) << i;
    sum += (u - 7.5) * double(values[i]);
    squares += double(values[i]) * double(values[i]);
    absolute += std::abs(double(values[i]));
    if (values[i] > 0) expected[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  EXPECT_NEAR(along, sum, 1e-2);
  const SignSums sums = quantize_signs(values.data(), 256, code.data());
  EXPECT_EQ(code, expected);
  EXPECT_NEAR(sums.squares, squares, 1e-1);
  EXPECT_NEAR(sums.absolute, absolute, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Targets, DenseKernels, each_target(), target_name);

}  // namespace
}  // namespace rappel
