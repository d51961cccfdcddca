#include "engine/cpu/memory.h"

#include <sys/mman.h>

namespace rappel::cpu {

Floats::~Floats() {
  if (data_ == nullptr) return;
  munmap(data_, size_ * sizeof(float));
  if (budget_ != nullptr) budget_->give_back(size_ * sizeof(float));
}

bool Floats::allocate(std::size_t count) {
  if (count > static_cast<std::size_t>(-1) / (2 * sizeof(float))) return false;
  Floats fresh(budget_);
  if (count > 0) {
    const std::size_t bytes = count * sizeof(float);
    if (budget_ != nullptr && !budget_->take(bytes)) return false;
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
      if (budget_ != nullptr) budget_->give_back(bytes);
      return false;
    }
#ifdef MADV_HUGEPAGE
    madvise(pages, bytes, MADV_HUGEPAGE);  // a hint; failure is harmless
#endif
    fresh.data_ = static_cast<float*>(pages);
    fresh.size_ = count;
  }
  *this = std::move(fresh);
  return true;
}

}  // namespace rappel::cpu
