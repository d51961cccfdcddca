#include "index/dense/dense_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "index/dense/dense_segment.h"
#include "index/dense/test_vectors.h"

namespace rappel {
namespace {

std::shared_ptr<const DenseCodec> trained(Spectrum spectrum, int dimension, std::size_t rows = 2000) {
  return std::make_shared<const DenseCodec>(
      DenseCodec::trained(dimension, make_vectors(spectrum, rows, dimension, 3), rows));
}

TEST(Spread, KeepsDotProductsAndCanBeUndone) {
  for (const int dimension : {1, 2, 3, 7, 64, 100, 384, 768, 1024}) {
    const Spread spread(dimension, 5);
    const auto d = static_cast<std::size_t>(dimension);
    const std::vector<float> vectors = make_vectors(Spectrum::kUniform, 2, dimension, 1);
    std::vector<float> spread_out = vectors;
    spread.apply(spread_out.data());
    spread.apply(spread_out.data() + d);
    const auto first = std::span<const float>(spread_out).first(d),
               second = std::span<const float>(spread_out).subspan(d);
    EXPECT_NEAR(dot_of(first, first), 1, 1e-5) << dimension;
    EXPECT_NEAR(dot_of(first, second), dot_of(std::span(vectors).first(d), std::span(vectors).subspan(d)),
                1e-5);
    spread.invert(spread_out.data());
    for (std::size_t i = 0; i < d; ++i) EXPECT_NEAR(spread_out[i], vectors[i], 1e-5);
  }
}

TEST(Spread, LeavesNoTraceOfAnAxis) {
  for (const int dimension : {384, 768, 1000, 1024}) {
    const Spread spread(dimension, 5);
    for (const int axis : {0, dimension / 2, dimension - 1}) {
      std::vector<float> vector(static_cast<std::size_t>(dimension));
      vector[static_cast<std::size_t>(axis)] = 1;
      spread.apply(vector.data());
      float largest = 0;
      for (const float value : vector) largest = std::max(largest, std::abs(value));
      // A random direction of 1000 dimensions has its largest value near 3.3 / sqrt(1000).
      EXPECT_LT(largest, 6 / std::sqrt(static_cast<float>(dimension))) << dimension << ", axis " << axis;
    }
  }
}

TEST(Directions, AreOrthonormalAndHoldTheEnergy) {
  const int dimension = 96;
  const std::vector<float> sample = make_vectors(Spectrum::kClustered, 500, dimension, 4);
  const std::vector<float> mean = mean_of(sample, dimension);
  const Directions leading = leading_directions(sample, mean, 24);
  for (std::size_t a = 0; a < 24; ++a)
    for (std::size_t b = 0; b <= a; ++b)
      EXPECT_NEAR(dot_of(std::span(leading.matrix).subspan(a * 96, 96),
                         std::span(leading.matrix).subspan(b * 96, 96)),
                  a == b ? 1 : 0, 1e-4);
  // The energy of the sample along them, computed directly.
  double along = 0, all = 0;
  for (std::size_t r = 0; r < 500; ++r) {
    std::vector<float> row(sample.begin() + static_cast<std::ptrdiff_t>(r * 96),
                           sample.begin() + static_cast<std::ptrdiff_t>(r * 96 + 96));
    for (std::size_t i = 0; i < 96; ++i) row[i] -= mean[i];
    all += dot_of(row, row);
    for (std::size_t k = 0; k < 24; ++k)
      along += std::pow(dot_of(row, std::span(leading.matrix).subspan(k * 96, 96)), 2);
  }
  EXPECT_NEAR(leading.energy, along / all, 1e-4);
}

TEST(DenseCodec, CodeHoldsTheLeadingDirectionsWhereTheyHoldTheEnergy) {
  EXPECT_EQ(trained(Spectrum::kClustered, 768)->bits(), 512u);
  EXPECT_EQ(trained(Spectrum::kUniform, 768)->bits(), 768u);
  EXPECT_EQ(trained(Spectrum::kClustered, 384)->bits(), 384u);
  EXPECT_EQ(trained(Spectrum::kClustered, 384)->code_words(), 8u);
  EXPECT_FALSE(DenseCodec(384).has_codes());
}

// Root of the mean square errors of 4-bit scores and of estimates.
std::pair<double, double> errors(const std::shared_ptr<const DenseCodec>& codec, Spectrum spectrum) {
  const int dimension = codec->dimension();
  const auto d = static_cast<std::size_t>(dimension);
  const std::vector<float> rows = make_vectors(spectrum, 128, dimension, 8),
                           queries = make_vectors(spectrum, 16, dimension, 9);
  DenseSegment segment(codec, 128);
  std::vector<std::int64_t> numbers(128);
  for (std::size_t i = 0; i < 128; ++i) numbers[i] = static_cast<std::int64_t>(i);
  segment.encode(numbers, rows, 0);
  double fine = 0, coarse = 0;
  for (std::size_t q = 0; q < 16; ++q) {
    const auto vector = std::span<const float>(queries).subspan(q * d, d);
    const DenseQuery query = codec->query(vector);
    for (std::size_t first = 0; first < 128; first += kCodeBlock) {
      float estimates[kCodeBlock] = {};
      if (codec->has_codes())
        (void)estimate_block(segment.block(first), query.codes(), ~std::uint64_t{0}, -10, estimates);
      for (std::size_t i = 0; i < kCodeBlock; ++i) {
        const double exact = dot_of(vector, std::span<const float>(rows).subspan((first + i) * d, d));
        const std::uint8_t* const row[] = {segment.fine(first + i)};
        std::int32_t dot = 0;
        fine_dots(row, query.fine, &dot);
        fine += std::pow(segment.fine_score(query, first + i, dot) - exact, 2);
        coarse += std::pow(estimates[i] - exact, 2);
      }
    }
  }
  return {std::sqrt(fine / 2048), std::sqrt(coarse / 2048)};
}

TEST(DenseCodec, ScoresAreNearTheExactOnes) {
  for (const Spectrum spectrum : {Spectrum::kClustered, Spectrum::kUniform, Spectrum::kDominated})
    for (const int dimension : {384, 768}) {
      const auto [fine, coarse] = errors(trained(spectrum, dimension), spectrum);
      EXPECT_LT(fine, 0.008) << dimension;
      EXPECT_LT(coarse, 0.05) << dimension;
      EXPECT_LT(fine, coarse);
    }
  EXPECT_LT(errors(std::make_shared<const DenseCodec>(384), Spectrum::kClustered).first, 0.008);
}

TEST(DenseCodec, DecodesAboutTheVector) {
  const auto codec = trained(Spectrum::kClustered, 384);
  const std::vector<float> vector = make_vectors(Spectrum::kClustered, 1, 384, 12);
  DenseSegment segment(codec, 64);
  const std::int64_t row = 1;
  segment.encode({&row, 1}, vector, 0);
  EXPECT_GT(dot_of(codec->decode(segment.fine(0), segment.arrays().scale[0]), vector), 0.99);
}

TEST(DenseCodec, ZeroAndMeanVectorsHaveNoInfinities) {
  const auto codec = trained(Spectrum::kClustered, 384);
  DenseSegment segment(codec, 64);
  const std::vector<float> zero(384);
  const std::int64_t row = 1;
  segment.encode({&row, 1}, zero, 0);
  EXPECT_TRUE(std::isfinite(segment.arrays().scale[0]) && std::isfinite(segment.arrays().factor[0]));
  const DenseQuery query = codec->query(zero);
  EXPECT_TRUE(std::isfinite(query.fine_scale) && std::isfinite(query.step) && std::isfinite(query.total));
}

}  // namespace
}  // namespace rappel
