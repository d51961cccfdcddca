// Addresses of the rows of a tile in few registers, for loops that keep a tile of sums in the others.
#pragma once

#include <cstddef>

namespace rappel::cpu {

// Up to 14 rows, one stride apart: each address is a base plus a scaled stride, a machine addressing mode.
// Otherwise GCC keeps an offset per row and runs out of registers.
struct RowPlaces {
  const std::byte *low, *high;      // rows 0 and 7
  std::size_t stride, three, five;  // times the stride, bytes

  RowPlaces(const void* first, std::size_t stride_bytes)
      : low(static_cast<const std::byte*>(first)),
        high(low + 7 * stride_bytes),
        stride(stride_bytes),
        three(3 * stride_bytes),
        five(5 * stride_bytes) {}
  void advance(std::size_t bytes) {
    low += bytes;
    high += bytes;
  }
};

template <int kRow>
[[gnu::always_inline]] inline const std::byte* row_place(const RowPlaces& at) {
  const std::byte* base = kRow < 7 ? at.low : at.high;
  constexpr int kStep = kRow % 7;
  if constexpr (kStep == 3 || kStep == 6) return base + kStep / 3 * at.three;
  if constexpr (kStep == 5) return base + at.five;
  return base + kStep * at.stride;
}

// Hides the addresses from the optimizer: it computes each address where it is used, as part of the load, and
// does not keep loaded values in registers.
template <int kRows>
[[gnu::always_inline]] inline void forget(RowPlaces& in) {
  __asm__("" : "+r"(in.low));
  if constexpr (kRows > 1) __asm__("" : "+r"(in.stride));
  if constexpr (kRows > 3) __asm__("" : "+r"(in.three));
  if constexpr (kRows > 5) __asm__("" : "+r"(in.five));
  if constexpr (kRows > 7) __asm__("" : "+r"(in.high));
}

}  // namespace rappel::cpu
