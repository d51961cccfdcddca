#include "engine/test_allocations.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> count{0};
thread_local std::size_t largest = SIZE_MAX;
}  // namespace

void* operator new(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (size > largest) throw std::bad_alloc();
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace rappel {
std::size_t allocations_so_far() { return count.load(); }
AllocationLimit::AllocationLimit(std::size_t bytes) { largest = bytes; }
AllocationLimit::~AllocationLimit() { largest = SIZE_MAX; }
}  // namespace rappel
