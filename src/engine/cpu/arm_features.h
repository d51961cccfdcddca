// Instruction set extensions beyond NEON (which every aarch64 processor has) that this process may use.
#pragma once

#include <vector>

#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {

struct ArmFeatures {
  bool neon = false;
  bool fp16 = false;     // arithmetic on vectors of fp16 (ARMv8.2 FEAT_FP16)
  bool dotprod = false;  // FEAT_DotProd
  bool i8mm = false;     // FEAT_I8MM
  bool bf16 = false;     // FEAT_BF16
};

// Detected once. All false on other processors.
const ArmFeatures& arm_features();
// The same as a list of names; empty on other processors.
std::vector<CpuFeature> arm_feature_list();

}  // namespace rappel::cpu
