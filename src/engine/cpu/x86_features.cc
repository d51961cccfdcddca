#include "engine/cpu/x86_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#endif

namespace rappel::cpu {
namespace {

#if defined(__x86_64__)

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned part) {
  Registers r;
  __get_cpuid_count(leaf, part, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool bit(unsigned value, int index) { return (value >> index & 1) != 0; }

// Which registers the system saves when it changes threads.
std::uint64_t saved_registers() {
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

bool tiles_permitted() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

X86Features detect() {
  X86Features found;
  const Registers basic = cpuid(1, 0), extended = cpuid(7, 0), more = cpuid(7, 1);
  if (!bit(basic.ecx, 27)) return found;  // no xgetbv
  const std::uint64_t saved = saved_registers();
  constexpr std::uint64_t kAvx = 0x6, kAvx512 = 0xe6, kTiles = 0x60000;
  const bool avx = (saved & kAvx) == kAvx, avx512 = (saved & kAvx512) == kAvx512,
             tiles = (saved & kTiles) == kTiles;
  found.avx2 = avx && bit(basic.ecx, 12) && bit(extended.ebx, 5);
  found.avx_vnni = found.avx2 && bit(more.eax, 4);
  // F, DQ, BW, VL
  const bool wide = found.avx2 && avx512 && bit(extended.ebx, 16) && bit(extended.ebx, 17) &&
                    bit(extended.ebx, 30) && bit(extended.ebx, 31);
  found.avx512_vnni = wide && bit(extended.ecx, 11);
  if (wide && tiles && bit(extended.edx, 24) && (bit(extended.edx, 25) || bit(extended.edx, 22)) &&
      tiles_permitted()) {
    found.amx_int8 = bit(extended.edx, 25);
    found.amx_bf16 = bit(extended.edx, 22);
  }
  return found;
}

#else

X86Features detect() { return {}; }

#endif

}  // namespace

const X86Features& x86_features() {
  static const X86Features features = detect();
  return features;
}

}  // namespace rappel::cpu
