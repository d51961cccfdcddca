// What instructions the processor and the system let this process use, by the names that people know.
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

// Of the architecture that this build is for. Asked once.
std::span<const CpuFeature> cpu_features();
// Those of `needed` that this process cannot use, "AVX-VNNI, AVX2"; empty when all are there. A name that
// cpu_features() does not have counts as one that cannot be used.
std::string missing_features(std::span<const char* const> needed);

}  // namespace rappel::cpu
