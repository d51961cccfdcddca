#include "engine/cpu/arm_features.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

#include <cstddef>
#endif

namespace rappel::cpu {

#if defined(__aarch64__) && defined(__linux__)

// Bits of the kernel interface (Documentation/arm64/elf_hwcaps.rst); older headers lack the newer names.
std::vector<CpuFeature> detect_arm_features() {
  const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  const auto bit = [](unsigned long bits, int index) { return (bits >> index & 1) != 0; };
  return {{"NEON", true},
          {"FP16", bit(first, 10)},  // arithmetic on vectors of fp16 (ARMv8.2 FEAT_FP16)
          {"DotProd", bit(first, 20)},
          {"I8MM", bit(second, 13)},
          {"BF16", bit(second, 14)}};
}

#elif defined(__aarch64__) && defined(__APPLE__)

namespace {

bool has(const char* name) {
  int value = 0;
  std::size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

}  // namespace

std::vector<CpuFeature> detect_arm_features() {
  return {{"NEON", true},
          {"FP16", has("hw.optional.arm.FEAT_FP16")},
          {"DotProd", has("hw.optional.arm.FEAT_DotProd")},
          {"I8MM", has("hw.optional.arm.FEAT_I8MM")},
          {"BF16", has("hw.optional.arm.FEAT_BF16")}};
}

#elif defined(__aarch64__)

std::vector<CpuFeature> detect_arm_features() { return {{"NEON", true}}; }

#else

std::vector<CpuFeature> detect_arm_features() { return {}; }

#endif

}  // namespace rappel::cpu
