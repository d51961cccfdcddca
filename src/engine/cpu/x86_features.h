// Instruction set extensions that an x86 processor and the system let this process use. Each group contains
// the extensions that the Highway target of that name is compiled with (hwy/ops/set_macros-inl.h), so a
// process that has the group can run those kernels.
#pragma once

#include <vector>

#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {

struct X86Features {
  bool sse4 = false;         // SSSE3, SSE4.1, SSE4.2, PCLMULQDQ, AES
  bool avx2 = false;         // with the above, FMA, F16C, BMI, BMI2, LZCNT
  bool avx512 = false;       // with the above, AVX-512 F, CD, BW, DQ, VL
  bool avx_vnni = false;     // VEX-coded
  bool avx512_vnni = false;  // requires AVX-512
  bool avx512_bf16 = false;  // requires AVX-512
  bool amx_int8 = false;     // requires AVX-512 and permission from the system
  bool amx_bf16 = false;
};

// Detected once; the first call requests permission to use AMX tiles. All false on other processors.
const X86Features& x86_features();
// The same as a list of names; empty on other processors.
std::vector<CpuFeature> x86_feature_list();

}  // namespace rappel::cpu
