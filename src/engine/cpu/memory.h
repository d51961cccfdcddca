// Zeroed memory in whole pages, in huge pages where the system gives them: weights and activations walk
// through it with large strides, and small pages cost address translation. Pages take physical memory when
// they are first written.
#pragma once

#include <cstddef>
#include <utility>

namespace rappel::cpu {

class Floats {
 public:
  Floats() = default;
  ~Floats();
  Floats(Floats&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Floats& operator=(Floats&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  // False when the system has no memory for it; then nothing changes. What was held before is given back.
  bool allocate(std::size_t count);

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  float* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace rappel::cpu
