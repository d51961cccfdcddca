#include "engine/cpu/arm_features.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

#include <cstddef>
#endif

namespace rappel::cpu {
namespace {

#if defined(__aarch64__) && defined(__linux__)

// Bits of the kernel interface (Documentation/arm64/elf_hwcaps.rst); older headers lack the newer names.
ArmFeatures detect() {
  const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  const auto bit = [](unsigned long bits, int index) { return (bits >> index & 1) != 0; };
  return {.neon = true,
          .fp16 = bit(first, 10),
          .dotprod = bit(first, 20),
          .i8mm = bit(second, 13),
          .bf16 = bit(second, 14)};
}

#elif defined(__aarch64__) && defined(__APPLE__)

bool has(const char* name) {
  int value = 0;
  std::size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

ArmFeatures detect() {
  return {.neon = true,
          .fp16 = has("hw.optional.arm.FEAT_FP16"),
          .dotprod = has("hw.optional.arm.FEAT_DotProd"),
          .i8mm = has("hw.optional.arm.FEAT_I8MM"),
          .bf16 = has("hw.optional.arm.FEAT_BF16")};
}

#elif defined(__aarch64__)

ArmFeatures detect() { return {.neon = true}; }

#else

ArmFeatures detect() { return {}; }

#endif

}  // namespace

const ArmFeatures& arm_features() {
  static const ArmFeatures features = detect();
  return features;
}

std::vector<CpuFeature> arm_feature_list() {
  const ArmFeatures& found = arm_features();
  if (!found.neon) return {};
  return {{"NEON", true},
          {"FP16", found.fp16},
          {"DotProd", found.dotprod},
          {"I8MM", found.i8mm},
          {"BF16", found.bf16}};
}

}  // namespace rappel::cpu
