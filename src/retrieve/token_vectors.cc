#include "retrieve/token_vectors.h"

#include <algorithm>
#include <cmath>

namespace rappel {
namespace {

constexpr float kLargestCode = 127;

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) most = std::max(most, std::abs(value));
  return most;
}

}  // namespace

TokenVectors quantize_tokens(std::span<const float> vectors, std::size_t dimension) {
  TokenVectors tokens{.dimension = static_cast<std::uint32_t>(dimension)};
  if (dimension == 0) return tokens;
  tokens.codes.reserve(vectors.size());
  for (; vectors.size() >= dimension; vectors = vectors.subspan(dimension)) {
    const auto token = vectors.first(dimension);
    const float scale = largest(token) / kLargestCode;
    const float inverse = scale > 0 ? 1 / scale : 0;
    tokens.scales.push_back(scale);
    for (const float value : token)
      tokens.codes.push_back(
          static_cast<std::int8_t>(std::clamp(std::round(value * inverse), -kLargestCode, kLargestCode)));
  }
  return tokens;
}

}  // namespace rappel
