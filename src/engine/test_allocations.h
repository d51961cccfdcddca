// Counts every operator new of the test program that links test_allocations.cc.
#pragma once

#include <cstddef>

namespace rappel {
std::size_t allocations_so_far();
}  // namespace rappel
