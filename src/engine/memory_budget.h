// MemoryBudget: what a device may take, and has taken, of its memory. Thread-safe.
//
// A device counts every byte that it gives out or keeps: weights, buffers, scratch. Mapped files are the
// system's and do not count. What would go beyond the limit is refused before it is asked for, and the device
// says kResourceExhausted.
#pragma once

#include <atomic>
#include <cstdint>

namespace rappel {

// Bytes, or a share of what a device has. Neither: no limit.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  double share = 0;

  // 0 = none; also where a share is of more than everything, or of what is not known.
  std::uint64_t of(std::uint64_t total) const {
    if (bytes > 0) return bytes;
    return share > 0 && share <= 1 ? static_cast<std::uint64_t>(share * static_cast<double>(total)) : 0;
  }
};

// At some moment; peak since the start. limit 0 = none of ours.
struct MemoryUse {
  std::uint64_t used = 0, peak = 0, limit = 0;
};

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit = 0) : limit_(limit) {}

  // False, and nothing is counted, when it would be over the limit.
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
