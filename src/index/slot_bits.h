// Bitmaps of the slots of a segment or block: 64 slots a word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rappel {

// Sets the bits from `begin` to before `end`.
inline void set_bits(std::vector<std::uint64_t>& bits, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end;) {
    const std::size_t n = std::min(end - i, 64 - i % 64);
    bits[i / 64] |= (n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1) << (i % 64);
    i += n;
  }
}

}  // namespace rappel
