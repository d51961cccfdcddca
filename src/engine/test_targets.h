// Instruction sets to test with: cpu_targets() differ in their reduced kinds too, many share their float32
// kernels.
#pragma once

#include <string>
#include <vector>

#include "engine/cpu/kernels.h"

namespace rappel {

// One target for each set of float32 kernels, the fastest first.
inline std::vector<std::string> float_targets() {
  std::vector<std::string> names;
  for (const cpu::Kernels* kernels : cpu::all_kernels()) names.emplace_back(kernels->name);
  return names;
}

}  // namespace rappel
