// Zeroed memory in whole pages, in huge pages if the system provides them: kernels access weights and
// activations with large strides, and small pages cause TLB misses. Physical memory is allocated on first
// write.
#pragma once

#include <cstddef>
#include <utility>

#include "engine/memory_budget.h"

namespace rappel::cpu {

class Floats {
 public:
  // The budget counts the memory and must outlive it; null: not counted.
  explicit Floats(MemoryBudget* budget = nullptr) : budget_(budget) {}
  ~Floats();
  Floats(Floats&& other) noexcept
      : budget_(other.budget_),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Floats& operator=(Floats&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  // Allocates and releases the earlier memory. False, with no change, if the system or the budget has too
  // little memory.
  bool allocate(std::size_t count);

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  MemoryBudget* budget_;
  float* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace rappel::cpu
