// Instruction set extensions that the processor and the system let this process use, by their usual names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rappel::cpu {

struct CpuFeature {
  const char* name;  // "AVX-512 VNNI"
  bool usable;
};

// For the architecture of this build. Detected once.
std::span<const CpuFeature> cpu_features();
// The features of `needed` that this process cannot use, as "AVX-VNNI, AVX2"; empty if it can use all. A name
// that cpu_features() does not list counts as missing.
std::string missing_features(std::span<const char* const> needed);

}  // namespace rappel::cpu
