// Counts the calls of operator new in a test program that links test_allocations.cc.
#pragma once

#include <cstddef>

namespace rappel {
std::size_t allocations_so_far();
}  // namespace rappel
