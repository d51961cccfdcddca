#include "index/dense/dense_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace rappel {
namespace {

constexpr std::uint64_t kSpreadSeed = 1, kDirectionSeed = 2;
constexpr int kLeading = 512;
constexpr double kEnoughEnergy = 0.9;
constexpr float kCentre = 7.5f;  // of the 16 values of a nibble
constexpr float kQueryLimit = 2047;

float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Byte and shift of a dimension in a 4-bit row.
struct Nibble {
  explicit Nibble(std::size_t i)
      : byte(i / kFineGroup * (kFineGroup / 2) + i % (kFineGroup / 2)),
        shift(i % kFineGroup < kFineGroup / 2 ? 0 : 4) {}
  std::size_t byte;
  int shift;
};

}  // namespace

DenseCodec::DenseCodec(int dimension)
    : dimension_(dimension),
      mean_(static_cast<std::size_t>(dimension)),
      spread_(dimension, kSpreadSeed),
      direction_spread_(std::min(dimension, kLeading), kDirectionSeed) {}

DenseCodec DenseCodec::trained(int dimension, std::span<const float> sample) {
  DenseCodec codec(dimension);
  codec.mean_ = mean_of(sample, dimension);
  codec.bits_ = static_cast<std::size_t>(dimension);
  if (dimension <= kLeading) return codec;
  Directions leading = leading_directions(sample, codec.mean_, kLeading);
  if (leading.energy < kEnoughEnergy) return codec;
  codec.directions_ = std::move(leading);
  codec.bits_ = kLeading;
  return codec;
}

std::size_t DenseCodec::fine_dimensions() const {
  return (static_cast<std::size_t>(dimension_) + kFineGroup - 1) / kFineGroup * kFineGroup;
}

void DenseCodec::encode(std::span<const float> vectors, const DenseArrays& to, std::size_t first) const {
  const auto d = static_cast<std::size_t>(dimension_);
  RAPPEL_CHECK(vectors.size() % d == 0, "vectors of the codec's dimension");
  std::vector<float> centred(vectors.begin(), vectors.end());
  for (std::size_t i = 0; i < centred.size(); i += d)
    for (std::size_t j = 0; j < d; ++j) centred[i + j] -= mean_[j];
  std::vector<float> spread = centred;
  for (std::size_t i = 0; i < spread.size(); i += d) spread_.apply(spread.data() + i);
  const std::vector<float> directions = has_codes() ? projected(centred, spread) : std::vector<float>();
  std::vector<float> padded(fine_dimensions());
  for (std::size_t r = 0; r < vectors.size() / d; ++r) {
    const auto row = std::span<const float>(centred).subspan(r * d, d);
    to.offset[first + r] = dot(row, mean_);
    std::copy_n(spread.data() + r * d, d, padded.data());
    encode_fine(padded, dot(row, row), to, first + r);
    if (!has_codes()) continue;
    encode_bits(std::span<const float>(directions).subspan(r * bits_, bits_), to, first + r);
  }
}

std::vector<float> DenseCodec::projected(std::span<const float> centred,
                                         std::span<const float> spread) const {
  if (directions_.count == 0) return {spread.begin(), spread.end()};
  const auto d = static_cast<std::size_t>(dimension_);
  std::vector<float> y(centred.size() / d * bits_);
  project_rows(centred.data(), centred.size() / d, directions_.matrix.data(), bits_, d, y.data());
  for (std::size_t i = 0; i < y.size(); i += bits_) direction_spread_.apply(y.data() + i);
  return y;
}

void DenseCodec::encode_fine(std::span<const float> spread, float length_squared, const DenseArrays& to,
                             std::size_t slot) const {
  float largest = 0;
  for (const float value : spread) largest = std::max(largest, std::abs(value));
  const float along = quantize_fine(spread.data(), spread.size(), largest > 0 ? kCentre / largest : 0,
                                    to.fine + slot * fine_bytes());
  to.scale[slot] = along > 0 ? length_squared / along : 0;
}

void DenseCodec::encode_bits(std::span<const float> projected, const DenseArrays& to,
                             std::size_t slot) const {
  std::uint64_t* code = to.codes + slot * code_words();
  std::vector<float> padded(64 * code_words());
  std::copy(projected.begin(), projected.end(), padded.begin());
  const SignSums sums = quantize_signs(padded.data(), padded.size(), code);
  int ones = 0;
  for (std::size_t w = 0; w < code_words(); ++w) ones += std::popcount(code[w]);
  to.factor[slot] = sums.absolute > 0 ? sums.squares / sums.absolute : 0;
  to.ones[slot] = static_cast<std::uint16_t>(ones);
}

std::vector<float> DenseCodec::decode(const std::uint8_t* fine, float scale) const {
  std::vector<float> vector(static_cast<std::size_t>(dimension_));
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const Nibble at(i);
    vector[i] = scale * (static_cast<float>(fine[at.byte] >> at.shift & 15) - kCentre);
  }
  spread_.invert(vector.data());
  for (std::size_t i = 0; i < vector.size(); ++i) vector[i] += mean_[i];
  return vector;
}

DenseQuery DenseCodec::query(std::span<const float> vector) const {
  RAPPEL_CHECK(vector.size() == static_cast<std::size_t>(dimension_), "a query has the codec's dimension");
  DenseQuery query;
  query.base = dot(vector, mean_);
  std::vector<float> centred(vector.begin(), vector.end());
  for (std::size_t j = 0; j < centred.size(); ++j) centred[j] -= mean_[j];
  query.length = std::sqrt(dot(centred, centred));
  std::vector<float> spread = centred;
  spread_.apply(spread.data());
  prepare_fine(spread, query);
  if (has_codes()) prepare_codes(projected(centred, spread), query);
  return query;
}

void DenseCodec::prepare_fine(std::span<const float> spread, DenseQuery& query) const {
  float largest = 0;
  for (const float value : spread) largest = std::max(largest, std::abs(value));
  query.fine_scale = largest > 0 ? largest / kQueryLimit : 1;
  query.fine.resize(fine_dimensions());
  float sum = 0;
  for (std::size_t i = 0; i < spread.size(); ++i) {
    query.fine[i] = static_cast<std::int16_t>(std::lround(spread[i] / query.fine_scale));
    sum += query.fine[i];
  }
  query.fine_shift = kCentre * sum;
}

void DenseCodec::prepare_codes(std::span<const float> projected, DenseQuery& query) const {
  const auto [least, most] = std::minmax_element(projected.begin(), projected.end());
  query.low = *least;
  query.step = *most > *least ? (*most - *least) / 15 : 1;
  const std::size_t words = code_words();
  query.planes.assign(4 * words, 0);
  for (std::size_t i = 0; i < projected.size(); ++i) {
    const auto u =
        static_cast<unsigned>(std::clamp(std::lround((projected[i] - query.low) / query.step), 0L, 15L));
    query.total += query.low + query.step * static_cast<float>(u);
    for (std::size_t j = 0; j < 4; ++j)
      query.planes[j * words + i / 64] |= std::uint64_t{u >> j & 1} << (i % 64);
  }
  query.code_length = std::sqrt(dot(projected, projected));
}

}  // namespace rappel
