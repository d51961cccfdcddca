#include "engine/cpu/memory.h"

#include <sys/mman.h>

namespace rappel::cpu {

Floats::~Floats() {
  if (data_ != nullptr) munmap(data_, size_ * sizeof(float));
}

bool Floats::allocate(std::size_t count) {
  if (count > static_cast<std::size_t>(-1) / (2 * sizeof(float))) return false;
  Floats fresh;
  if (count > 0) {
    void* pages =
        mmap(nullptr, count * sizeof(float), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return false;
#ifdef MADV_HUGEPAGE
    madvise(pages, count * sizeof(float), MADV_HUGEPAGE);  // a wish: without it everything still works
#endif
    fresh.data_ = static_cast<float*>(pages);
    fresh.size_ = count;
  }
  *this = std::move(fresh);
  return true;
}

}  // namespace rappel::cpu
