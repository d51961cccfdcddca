#include "server/test_failing_allocations.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

thread_local bool spared = false;
std::atomic<bool> counting{false}, failed{false};
std::atomic<long> left{0};  // until one fails
std::atomic<std::size_t> largest{SIZE_MAX};

bool fails(std::size_t size) {
  if (spared) return false;
  if (size > largest) return true;
  if (!counting || left.fetch_sub(1) != 0) return false;
  failed = true;
  return true;
}

}  // namespace

void* operator new(std::size_t size) {
  if (fails(size)) throw std::bad_alloc();
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace rappel {

void spare_this_thread() { spared = true; }
void fail_allocation(long n) {
  failed = false;
  left = n;
  counting = true;
}
bool allocation_failed() { return failed; }
void fail_allocations_above(std::size_t bytes) { largest = bytes; }
void let_allocations_succeed() {
  counting = false;
  largest = SIZE_MAX;
}

}  // namespace rappel
