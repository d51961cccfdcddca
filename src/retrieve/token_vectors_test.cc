#include "retrieve/token_vectors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace rappel {
namespace {

TEST(TokenVectors, ErrorIsAtMostHalfAStep) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> vectors(5 * 32);
  for (float& value : vectors) value = normal(random);
  const TokenVectors tokens = quantize_tokens(vectors, 32);
  EXPECT_EQ(tokens.dimension, 32u);
  ASSERT_EQ(tokens.scales.size(), 5u);
  ASSERT_EQ(tokens.codes.size(), vectors.size());
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const float scale = tokens.scales[i / 32];
    EXPECT_NEAR(static_cast<float>(tokens.codes[i]) * scale, vectors[i], 0.501f * scale) << i;
  }
}

TEST(TokenVectors, LargestValueHasTheLargestCode) {
  EXPECT_EQ(quantize_tokens(std::vector<float>{0.5f, -1, 0, 2, 1, -0.5f}, 3),
            (TokenVectors{3, {1.0f / 127, 2.0f / 127}, {64, -127, 0, 127, 64, -32}}));
}

TEST(TokenVectors, ZeroVectorHasZeroCodes) {
  EXPECT_EQ(quantize_tokens(std::vector<float>{0, 0}, 2), (TokenVectors{2, {0}, {0, 0}}));
  EXPECT_TRUE(quantize_tokens({}, 2).scales.empty());
  EXPECT_TRUE(quantize_tokens(std::vector<float>{1}, 0).scales.empty());
}

}  // namespace
}  // namespace rappel
