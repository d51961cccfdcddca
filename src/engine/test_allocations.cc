#include "engine/test_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {
std::atomic<std::size_t> count{0};
std::atomic<std::size_t> live{0}, peak{0};
thread_local std::size_t largest = SIZE_MAX;

// Before each block, so that its size is known when it is freed; keeps the alignment.
constexpr std::size_t kHeader = alignof(std::max_align_t);

void add(std::size_t size) {
  const std::size_t now = live.fetch_add(size, std::memory_order_relaxed) + size;
  std::size_t before = peak.load(std::memory_order_relaxed);
  while (now > before && !peak.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - kHeader;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  live.fetch_sub(size, std::memory_order_relaxed);
  std::free(block);
}
}  // namespace

void* operator new(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (size > largest) throw std::bad_alloc();
  auto* const block = static_cast<char*>(size <= SIZE_MAX - kHeader ? std::malloc(size + kHeader) : nullptr);
  if (block == nullptr) throw std::bad_alloc();
  std::memcpy(block, &size, sizeof size);
  add(size);
  return block + kHeader;
}
// A sanitizer's would not call the one above.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }

namespace rappel {
std::size_t allocations_so_far() { return count.load(); }
std::size_t allocated_bytes() { return live.load(); }
std::size_t allocated_peak() { return peak.load(); }
void reset_allocated_peak() { peak.store(live.load()); }
AllocationLimit::AllocationLimit(std::size_t bytes) { largest = bytes; }
AllocationLimit::~AllocationLimit() { largest = SIZE_MAX; }
}  // namespace rappel
