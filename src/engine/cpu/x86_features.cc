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

#if defined(__x86_64__)

namespace {

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

}  // namespace

std::vector<CpuFeature> detect_x86_features() {
  const Registers basic = cpuid(1, 0), extended = cpuid(7, 0), more = cpuid(7, 1), amd = cpuid(0x80000001, 0);
  const bool has_xgetbv = bit(basic.ecx, 27);
  const std::uint64_t saved = has_xgetbv ? saved_registers() : 0;
  const auto saves = [saved](std::uint64_t registers) { return (saved & registers) == registers; };
  constexpr std::uint64_t kAvx = 0x6, kAvx512 = 0xe6, kTiles = 0x60000;
  // SSSE3, SSE4.1, SSE4.2, PCLMULQDQ, AES
  const bool sse4 = all(basic.ecx, {9, 19, 20, 1, 25});
  // AVX, FMA, F16C; BMI, AVX2, BMI2; LZCNT
  const bool avx2 =
      sse4 && saves(kAvx) && all(basic.ecx, {28, 12, 29}) && all(extended.ebx, {3, 5, 8}) && bit(amd.ecx, 5);
  // F, DQ, CD, BW, VL
  const bool avx512 = avx2 && saves(kAvx512) && all(extended.ebx, {16, 17, 28, 30, 31});
  const bool amx = avx512 && saves(kTiles) && bit(extended.edx, 24) && tiles_permitted();
  return {{"SSE4", sse4},
          {"AVX2", avx2},
          {"AVX-VNNI", avx2 && bit(more.eax, 4)},  // VEX-coded
          {"AVX-512", avx512},
          {"AVX-512 VNNI", avx512 && bit(extended.ecx, 11)},
          {"AVX-512 BF16", avx512 && bit(more.eax, 5)},
          {"AMX-INT8", amx && bit(extended.edx, 25)},
          {"AMX-BF16", amx && bit(extended.edx, 22)}};
}

#else

std::vector<CpuFeature> detect_x86_features() { return {}; }

#endif

}  // namespace rappel::cpu
