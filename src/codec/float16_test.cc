#include "codec/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace rappel {
namespace {

// The definition, in double: (-1)^s * 2^(e - bias) * 1.f.
double f16_by_definition(int half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Float16, EveryF16WidensExactly) {
  for (int half = 0; half < 65536; ++half) {
    const float value = f16_to_float(static_cast<std::uint16_t>(half));
    const double expected = f16_by_definition(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << half;
    } else {
      ASSERT_EQ(value, expected) << half;
      ASSERT_EQ(std::signbit(value), std::signbit(expected)) << half;
    }
  }
}

TEST(Float16, EveryValueRoundTrips) {
  for (int half = 0; half < 65536; ++half) {
    const auto bits = static_cast<std::uint16_t>(half);
    if (!std::isnan(f16_to_float(bits)))
      ASSERT_EQ(float_to_f16(f16_to_float(bits)), bits);
    else
      ASSERT_TRUE(std::isnan(f16_to_float(float_to_f16(f16_to_float(bits)))));
    if (!std::isnan(bf16_to_float(bits)))
      ASSERT_EQ(float_to_bf16(bf16_to_float(bits)), bits);
    else
      ASSERT_TRUE(std::isnan(bf16_to_float(float_to_bf16(bf16_to_float(bits)))));
  }
}

// A float between two f16 neighbours narrows to the nearer one, in a tie to the even one.
TEST(Float16, NarrowingRoundsToNearestEven) {
  for (int half = 0; half < 0x7bff; ++half) {
    const float low = f16_to_float(static_cast<std::uint16_t>(half));
    const float high = f16_to_float(static_cast<std::uint16_t>(half + 1));
    const float middle = low + (high - low) / 2;  // exact: 24 bits hold one bit more than 11
    ASSERT_EQ(float_to_f16(middle), (half & 1) != 0 ? half + 1 : half);
    ASSERT_EQ(float_to_f16(std::nextafter(middle, low)), half);
    ASSERT_EQ(float_to_f16(std::nextafter(middle, high)), half + 1);
    ASSERT_EQ(float_to_f16(-std::nextafter(middle, high)), (half + 1) | 0x8000);
  }
  EXPECT_EQ(float_to_f16(65519.996f), 0x7bff);
  EXPECT_EQ(float_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_f16(1e30f), 0x7c00);
  EXPECT_EQ(float_to_bf16(1.00390625f), 0x3f80);  // 1 + 2^-8: a tie, to even
  EXPECT_EQ(float_to_bf16(1.01171875f), 0x3f82);  // 1 + 3 * 2^-8: a tie, to even
  EXPECT_EQ(float_to_bf16(std::numeric_limits<float>::max()), 0x7f80);
}

}  // namespace
}  // namespace rappel
