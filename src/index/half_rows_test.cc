#include "index/simd_targets.h"
// Before Highway.
#include "index/half_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "index/test_targets.h"

namespace rappel {
namespace {

class HalfRows : public EachTarget {};

// The definition: (-1)^s * 2^(e - bias) * 1.f.
double by_definition(int half) {
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

TEST_P(HalfRows, EveryFiniteValueWidensExactly) {
  std::vector<std::uint16_t> halves(65536);
  std::iota(halves.begin(), halves.end(), std::uint16_t{0});
  std::vector<float> wide(halves.size());
  widen_halves(halves.data(), halves.size(), wide.data());
  for (int half = 0; half < 65536; ++half)
    if ((half >> 10 & 31) != 31) {
      ASSERT_EQ(wide[static_cast<std::size_t>(half)], by_definition(half)) << half;
      ASSERT_EQ(std::signbit(wide[static_cast<std::size_t>(half)]), half >= 0x8000) << half;
    }
}

TEST_P(HalfRows, RowsOfAnyLengthWidenWhole) {
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<std::uint16_t> halves(count, 0x3800);
    std::vector<float> wide(count + 1, -1);
    widen_halves(halves.data(), count, wide.data());
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(wide[i], 0.5f) << count;
    EXPECT_EQ(wide[count], -1) << "written past the row";
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, HalfRows, each_target(), target_name);

}  // namespace
}  // namespace rappel
