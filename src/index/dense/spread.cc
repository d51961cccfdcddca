#include "index/dense/spread.h"

#include <bit>
#include <cmath>

#include "base/check.h"
#include "index/dense/kernels.h"
#include "index/dense/split_mix.h"

namespace rappel {
namespace {

// With windows that overlap, each dimension must reach each other one: four rounds leave no trace of an axis.
constexpr std::size_t kRounds = 4;

}  // namespace

Spread::Spread(int dimension, std::uint64_t seed) : dimension_(dimension) {
  RAPPEL_CHECK(dimension > 0, "vectors have a dimension");
  const auto d = static_cast<std::size_t>(dimension);
  window_ = std::bit_floor(d);
  SplitMix random(seed);
  for (std::size_t i = 0; i < kRounds * d; ++i) signs_.push_back((random.next() >> 63) != 0 ? 1.0f : -1.0f);
}

void Spread::transform(float* vector, std::size_t round) const {
  float* window = vector + (round % 2 == 0 ? 0 : static_cast<std::size_t>(dimension_) - window_);
  walsh_hadamard(window, window_, 1 / std::sqrt(static_cast<float>(window_)));
}

void Spread::flip(float* vector, std::size_t round) const {
  const auto d = static_cast<std::size_t>(dimension_);
  multiply(vector, signs_.data() + round * d, d);
}

void Spread::apply(float* vector) const {
  for (std::size_t round = 0; round < kRounds; ++round) {
    flip(vector, round);
    transform(vector, round);
  }
}

void Spread::invert(float* vector) const {
  for (std::size_t round = kRounds; round-- > 0;) {
    transform(vector, round);
    flip(vector, round);
  }
}

}  // namespace rappel
