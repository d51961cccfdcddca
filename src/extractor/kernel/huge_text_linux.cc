#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include "extractor/kernel/huge_text.h"

namespace rappel::extractor {
namespace {

constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;

// Addresses of code, and of the huge pages that it fills or begins.
struct Place {
  std::uintptr_t begin = 0, end = 0, window_end = 0;
  std::size_t window() const { return window_end - begin; }
};

std::uintptr_t round_up(std::uintptr_t address, std::uintptr_t unit) {
  return (address + unit - 1) / unit * unit;
}

// The first object is this program. Not the place of code that shares its pages with data, or does not begin
// them.
int find_code(dl_phdr_info* program, std::size_t, void* found) {
  Place place;
  const auto small = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const auto& part = program->dlpi_phdr[i];
    const std::uintptr_t begin = program->dlpi_addr + part.p_vaddr;
    if (part.p_type != PT_LOAD) continue;
    if ((part.p_flags & PF_X) != 0)
      place = {begin, round_up(begin + part.p_memsz, small), round_up(begin + part.p_memsz, kHugePage)};
    else if (begin < place.window_end || place.end == 0)
      return 1;
  }
  if (place.begin % kHugePage == 0) *static_cast<Place*>(found) = place;
  return 1;
}

bool kernel_gives_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  return std::getline(file, line) && line.find("[never]") == std::string::npos;
}

void* map(std::uintptr_t at, std::size_t bytes, int rights, int flags) {
  return ::mmap(reinterpret_cast<void*>(at), bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

}  // namespace

bool move_code_to_huge_pages() {
  Place place;
  ::dl_iterate_phdr(find_code, &place);
  if (place.window() == 0 || !kernel_gives_huge_pages()) return false;
  // Nothing else may lie where the huge pages will.
  const std::size_t rest = place.window_end - place.end;
  if (rest > 0 && map(place.end, rest, PROT_NONE, MAP_FIXED_NOREPLACE) != reinterpret_cast<void*>(place.end))
    return false;
  void* const room = map(0, place.window() + kHugePage, PROT_READ | PROT_WRITE, 0);
  if (room == MAP_FAILED) return false;
  const std::uintptr_t copy = round_up(reinterpret_cast<std::uintptr_t>(room), kHugePage);
  void* const pages = reinterpret_cast<void*>(copy);
  if (::madvise(pages, place.window(), MADV_HUGEPAGE) != 0) return false;
  std::memcpy(pages, reinterpret_cast<const void*>(place.begin), place.end - place.begin);
  // This code goes on in its copy.
  return ::mprotect(pages, place.window(), PROT_READ | PROT_EXEC) == 0 &&
         ::mremap(pages, place.window(), place.window(), MREMAP_MAYMOVE | MREMAP_FIXED,
                  reinterpret_cast<void*>(place.begin)) != MAP_FAILED;
}

}  // namespace rappel::extractor
