// Instruction set extensions beyond NEON (which every aarch64 processor has) that this process may use.
#pragma once

#include <vector>

#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {

// Empty on other processors. cpu_features() keeps the result.
std::vector<CpuFeature> detect_arm_features();

}  // namespace rappel::cpu
