// Conversion between float32 and 16-bit floats: IEEE 754 binary16 (f16) and bfloat16. Widening is exact.
// Narrowing rounds to nearest, ties to even; overflow gives infinity, a NaN stays a (quiet) NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace rappel {

inline constexpr float kLargestHalf = 65504.0f;  // largest finite f16

inline float f16_to_float(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t magnitude = std::uint32_t{half & 0x7fffu} << 13;
  // Exponent bias 15 -> 127. For a subnormal an implicit one is added and subtracted again. This is
  // exact and needs no float32 subnormals, so it also works in flush-to-zero mode.
  const float finite = magnitude < 0x00800000u ? std::bit_cast<float>(magnitude + 0x38800000u) - 0x1p-14f
                                               : std::bit_cast<float>(magnitude + 0x38000000u);
  const std::uint32_t special = 0x7f800000u | (magnitude & 0x007fffffu);
  return std::bit_cast<float>(sign |
                              (magnitude >= 0x0f800000u ? special : std::bit_cast<std::uint32_t>(finite)));
}

inline float bf16_to_float(std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16); }

inline std::uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x0040u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline std::uint16_t float_to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return static_cast<std::uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x01ffu));
  if (magnitude >= 0x477ff000u)
    return static_cast<std::uint16_t>(sign | 0x7c00u);  // 65520 and above round to infinity
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 rounds at 2^-24, the unit of f16 subnormals
    const float rounded = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(rounded) - 0x3f000000u));
  }
  const std::uint32_t rounded = magnitude + 0x0fffu + ((magnitude >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

}  // namespace rappel
