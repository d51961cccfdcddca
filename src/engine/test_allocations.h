// Counts, measures and refuses calls of operator new in a test program that links test_allocations.cc.
#pragma once

#include <cstddef>

namespace rappel {

std::size_t allocations_so_far();

// Bytes that are allocated now, and the most there have been since the last reset. Overaligned ones do not
// count.
std::size_t allocated_bytes();
std::size_t allocated_peak();
void reset_allocated_peak();

// While it lives, allocations of this thread of more than `bytes` throw std::bad_alloc.
class AllocationLimit {
 public:
  explicit AllocationLimit(std::size_t bytes);
  ~AllocationLimit();
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;
};

}  // namespace rappel
