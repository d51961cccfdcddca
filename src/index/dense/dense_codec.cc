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

// Byte and shift of a dimension in a 4-bit row.
struct Nibble {
  explicit Nibble(std::size_t i)
      : byte(i / kFineGroup * (kFineGroup / 2) + i % (kFineGroup / 2)),
        shift(i % kFineGroup < kFineGroup / 2 ? 0 : 4) {}
  std::size_t byte;
  int shift;
};

}  // namespace

DenseCodec::DenseCodec(Parts parts)
    : parts_(std::move(parts)),
      spread_(parts_.dimension, kSpreadSeed),
      direction_spread_(std::max(1, parts_.directions.count), kDirectionSeed) {}

DenseCodec::DenseCodec(int dimension)
    : DenseCodec(Parts{dimension, 0, 0, std::vector<float>(static_cast<std::size_t>(dimension)), {}}) {}

DenseCodec DenseCodec::trained(int dimension, std::span<const float> sample, std::size_t rows) {
  const auto d = static_cast<std::size_t>(dimension);
  Parts parts{dimension, d, rows, mean_of(sample, dimension), {}};
  if (dimension <= kLeading) return DenseCodec(std::move(parts));
  Directions leading = leading_directions(sample, parts.mean, kLeading);
  if (leading.energy < kEnoughEnergy) return DenseCodec(std::move(parts));
  parts.directions = std::move(leading);
  parts.bits = kLeading;
  return DenseCodec(std::move(parts));
}

std::size_t DenseCodec::code_words() const {
  constexpr std::size_t kBits = 64 * kCodeWordPad;
  return (parts_.bits + kBits - 1) / kBits * kCodeWordPad;
}

std::size_t DenseCodec::fine_dimensions() const {
  return (static_cast<std::size_t>(parts_.dimension) + kFineGroup - 1) / kFineGroup * kFineGroup;
}

void DenseCodec::encode(std::span<const float> vectors, const DenseArrays& to, std::size_t first) const {
  const auto d = static_cast<std::size_t>(parts_.dimension);
  RAPPEL_CHECK(vectors.size() % d == 0, "vectors of the codec's dimension");
  std::vector<float> centred(vectors.begin(), vectors.end());
  for (std::size_t i = 0; i < centred.size(); i += d)
    for (std::size_t j = 0; j < d; ++j) centred[i + j] -= parts_.mean[j];
  std::vector<float> spread = centred;
  for (std::size_t i = 0; i < spread.size(); i += d) spread_.apply(spread.data() + i);
  const std::vector<float> directions = has_codes() ? projected(centred, spread) : std::vector<float>();
  std::vector<float> padded(fine_dimensions());
  for (std::size_t r = 0; r < vectors.size() / d; ++r) {
    const auto row = std::span<const float>(centred).subspan(r * d, d);
    to.offset[first + r] = dot(row, parts_.mean);
    std::copy_n(spread.data() + r * d, d, padded.data());
    encode_fine(padded, dot(row, row), to, first + r);
    if (!has_codes()) continue;
    encode_bits(std::span<const float>(directions).subspan(r * parts_.bits, parts_.bits), to, first + r);
  }
}

std::vector<float> DenseCodec::projected(std::span<const float> centred,
                                         std::span<const float> spread) const {
  if (parts_.directions.count == 0) return {spread.begin(), spread.end()};
  const auto d = static_cast<std::size_t>(parts_.dimension);
  std::vector<float> y(centred.size() / d * parts_.bits);
  project_rows(centred.data(), centred.size() / d, parts_.directions.matrix.data(), parts_.bits, d, y.data());
  for (std::size_t i = 0; i < y.size(); i += parts_.bits) direction_spread_.apply(y.data() + i);
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
  std::vector<float> vector(static_cast<std::size_t>(parts_.dimension));
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const Nibble at(i);
    vector[i] = scale * (static_cast<float>(fine[at.byte] >> at.shift & 15) - kCentre);
  }
  spread_.invert(vector.data());
  for (std::size_t i = 0; i < vector.size(); ++i) vector[i] += parts_.mean[i];
  return vector;
}

DenseQuery DenseCodec::query(std::span<const float> vector) const {
  RAPPEL_CHECK(vector.size() == static_cast<std::size_t>(parts_.dimension),
               "a query has the codec's dimension");
  DenseQuery query;
  query.base = dot(vector, parts_.mean);
  std::vector<float> centred(vector.begin(), vector.end());
  for (std::size_t j = 0; j < centred.size(); ++j) centred[j] -= parts_.mean[j];
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
