// Zeroed memory in whole pages, in huge pages where the system gives them: weights and activations walk
// through it with large strides, and small pages cost address translation. Pages take physical memory when
// they are first written.
#pragma once

#include <cstddef>
#include <utility>

#include "engine/memory_budget.h"

namespace rappel::cpu {

class Floats {
 public:
  // Counted by the budget, which must outlive it; null: by none.
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

  // False when the system has no memory for it, or the budget; then nothing changes. What was held before is
  // given back.
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
