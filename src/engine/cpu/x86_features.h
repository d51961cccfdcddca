// Instruction set extensions that an x86 processor and the system let this process use. "SSE4", "AVX2" and
// "AVX-512" each contain the extensions that the Highway target of that name is compiled with
// (hwy/ops/set_macros-inl.h), so a process that has one can run those kernels.
#pragma once

#include <vector>

#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {

// Requests permission to use AMX tiles. Empty on other processors. cpu_features() keeps the result.
std::vector<CpuFeature> detect_x86_features();

}  // namespace rappel::cpu
