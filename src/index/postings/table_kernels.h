// The inner loops of a search of postings over a table of scores, with the widest SIMD instructions of the
// machine (Highway, chosen at run time). table_kernels_test.cc compares them with plain loops for every
// instruction set that the machine can run.
//
// A table has 64 slots for each word of `wanted`, which has a bit for each slot. Words without a wanted slot
// are neither read nor written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rappel {

struct WeightedImpacts {
  const std::uint8_t* impacts = nullptr;  // by slot
  std::uint32_t weight = 0;
};

// table[i] = sum over `arrays` of weight x impacts[first + i]; 0 if there are none.
void start_table(std::span<const WeightedImpacts> arrays, std::size_t first,
                 std::span<const std::uint64_t> wanted, std::uint32_t* table);

// found: a bit for each wanted slot with table[i] >= floor > 0. Returns whether there is one. Sums are below
// 2^31.
bool select_slots(const std::uint32_t* table, std::span<const std::uint64_t> wanted, std::uint32_t floor,
                  std::uint64_t* found);

}  // namespace rappel
