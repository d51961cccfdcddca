#include "engine/cpu/x86_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
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

// The registers that the system saves at a context switch.
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

bool all(unsigned value, std::initializer_list<int> bits) {
  return std::all_of(bits.begin(), bits.end(), [value](int index) { return bit(value, index); });
}

X86Features detect() {
  X86Features found;
  const Registers basic = cpuid(1, 0), extended = cpuid(7, 0), more = cpuid(7, 1), amd = cpuid(0x80000001, 0);
  // SSSE3, SSE4.1, SSE4.2, PCLMULQDQ, AES
  found.sse4 = all(basic.ecx, {9, 19, 20, 1, 25});
  if (!bit(basic.ecx, 27)) return found;  // no xgetbv
  const std::uint64_t saved = saved_registers();
  constexpr std::uint64_t kAvx = 0x6, kAvx512 = 0xe6, kTiles = 0x60000;
  const bool avx = (saved & kAvx) == kAvx, avx512 = (saved & kAvx512) == kAvx512,
             tiles = (saved & kTiles) == kTiles;
  // AVX, FMA, F16C; BMI, AVX2, BMI2; LZCNT
  found.avx2 =
      found.sse4 && avx && all(basic.ecx, {28, 12, 29}) && all(extended.ebx, {3, 5, 8}) && bit(amd.ecx, 5);
  found.avx_vnni = found.avx2 && bit(more.eax, 4);
  // F, DQ, CD, BW, VL
  found.avx512 = found.avx2 && avx512 && all(extended.ebx, {16, 17, 28, 30, 31});
  found.avx512_vnni = found.avx512 && bit(extended.ecx, 11);
  found.avx512_bf16 = found.avx512 && bit(more.eax, 5);
  if (found.avx512 && tiles && bit(extended.edx, 24) && (bit(extended.edx, 25) || bit(extended.edx, 22)) &&
      tiles_permitted()) {
    found.amx_int8 = bit(extended.edx, 25);
    found.amx_bf16 = bit(extended.edx, 22);
  }
  return found;
}

std::vector<CpuFeature> list(const X86Features& found) {
  return {{"SSE4", found.sse4},
          {"AVX2", found.avx2},
          {"AVX-VNNI", found.avx_vnni},
          {"AVX-512", found.avx512},
          {"AVX-512 VNNI", found.avx512_vnni},
          {"AVX-512 BF16", found.avx512_bf16},
          {"AMX-INT8", found.amx_int8},
          {"AMX-BF16", found.amx_bf16}};
}

#else

X86Features detect() { return {}; }
std::vector<CpuFeature> list(const X86Features&) { return {}; }

#endif

}  // namespace

const X86Features& x86_features() {
  static const X86Features features = detect();
  return features;
}

std::vector<CpuFeature> x86_feature_list() { return list(x86_features()); }

}  // namespace rappel::cpu
