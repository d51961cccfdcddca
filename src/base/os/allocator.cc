#include "base/os/allocator.h"

#include <cstdint>
#include <cstdlib>  // defines __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#endif

namespace rappel {
namespace {

// Small pages between what this process has of the heap and the huge ones. It takes some of them; a huge page
// that it writes to would be copied by each child, in small ones.
constexpr std::size_t kOwnSmall = std::size_t{128} << 10;

// Larger ones do not come from the heap, and go back to the system when they are freed.
[[maybe_unused]] constexpr int kLargeBlock = 4 << 20;

}  // namespace

// glibc would raise the threshold with every large block that is freed, up to 32 MiB, and keep such blocks.
void prepare_allocator() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 1 << 18);
#endif
}

void reserve_heap(std::size_t bytes, Pages pages) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
  void* volatile room = std::malloc(bytes);  // at the end of the heap
  std::size_t before = 0;                    // bytes of it in front of the huge pages
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(room);
  const std::uintptr_t first = (begin + kOwnSmall + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t last = (begin + bytes) / kHugePage * kHugePage;
  if (pages == Pages::kHuge && begin != 0 && first < last &&
      ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE) == 0)
    before = first - begin;
#else
  (void)pages;
#endif
  std::free(room);
  // Kept, so that the huge pages come soon.
  if (before > kOwnSmall) room = std::malloc(before - kOwnSmall);
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
#endif
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace rappel
