// Lets calls of operator new fail in a test program that links test_failing_allocations.cc.
#pragma once

#include <cstddef>

namespace rappel {

// Allocations of this thread never fail.
void spare_this_thread();
// The n-th allocation of all other threads from now fails, from 0.
void fail_allocation(long n);
bool allocation_failed();  // since then
// Larger allocations of all other threads fail.
void fail_allocations_above(std::size_t bytes);
void let_allocations_succeed();

}  // namespace rappel
