// Bitmaps of the slots of a segment or block: 64 slots a word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rappel {

inline void set_bit(std::span<std::uint64_t> bits, std::size_t slot) {
  bits[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

// Sets the bits from `begin` to before `end`.
inline void set_bits(std::vector<std::uint64_t>& bits, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end;) {
    const std::size_t n = std::min(end - i, 64 - i % 64);
    bits[i / 64] |= (n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1) << (i % 64);
    i += n;
  }
}

// Dead slots of one version; null: none. A version that others read is never changed, only replaced.
using DeadSlots = std::shared_ptr<const std::vector<std::uint64_t>>;

inline bool is_dead(const DeadSlots& dead, std::size_t slot) {
  return dead != nullptr && ((*dead)[slot / 64] >> (slot % 64) & 1) != 0;
}

// Marks the slots from `begin` to before `end`, of `slots`; returns how many were alive.
inline std::size_t mark_dead(DeadSlots& dead, std::size_t slots, std::size_t begin, std::size_t end) {
  if (begin >= end) return 0;
  auto next = dead ? std::make_shared<std::vector<std::uint64_t>>(*dead)
                   : std::make_shared<std::vector<std::uint64_t>>((slots + 63) / 64);
  std::size_t alive = 0;
  for (std::size_t slot = begin; slot < end; ++slot) alive += is_dead(dead, slot) ? 0 : 1;
  set_bits(*next, begin, end);
  dead = std::move(next);
  return alive;
}

}  // namespace rappel
