// What the processor and the system let this process use, beyond what Highway tells apart.
#pragma once

namespace rappel::cpu {

struct X86Features {
  bool avx2 = false;         // with FMA
  bool avx_vnni = false;     // VEX-coded
  bool avx512_vnni = false;  // with AVX-512 F, BW, DQ, VL
  bool amx_int8 = false;     // with AVX-512, and permitted by the system
  bool amx_bf16 = false;
};

// Asked once; the first call asks the system for the use of AMX tiles. All false on other processors.
const X86Features& x86_features();

}  // namespace rappel::cpu
