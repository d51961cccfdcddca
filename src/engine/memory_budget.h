// MemoryBudget: counts the memory that a device has allocated and enforces a limit. Thread-safe.
//
// A device counts weights, buffers and scratch memory, but no mapped files. An allocation beyond the limit is
// refused before memory is requested from the system, and the device returns kResourceExhausted.
#pragma once

#include <atomic>
#include <cstdint>

namespace rappel {

// Bytes, or a share of the memory of the device. Neither: no limit.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  double share = 0;

  // 0: no limit; also for a share > 1 and for a share of an unknown amount.
  std::uint64_t of(std::uint64_t total) const {
    if (bytes > 0) return bytes;
    return share > 0 && share <= 1 ? static_cast<std::uint64_t>(share * static_cast<double>(total)) : 0;
  }
};

// A snapshot; peak since the start. limit 0: none.
struct MemoryUse {
  std::uint64_t used = 0, peak = 0, limit = 0;
};

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit = 0) : limit_(limit) {}

  // False, and counts nothing, if this would exceed the limit.
  bool take(std::uint64_t bytes) {
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (limit_ > 0 && (used > limit_ || bytes > limit_ - used)) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    for (std::uint64_t peak = peak_.load(std::memory_order_relaxed);
         peak < used + bytes &&
         !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed);) {
    }
    return true;
  }
  void give_back(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  MemoryUse use() const {
    return {used_.load(std::memory_order_relaxed), peak_.load(std::memory_order_relaxed), limit_};
  }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0}, peak_{0};
};

}  // namespace rappel
