// Target: the code of the CPU device for one kind of processor: float32 kernels and one product per
// quantized kind.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cpu/kernels.h"
#include "engine/cpu/product.h"
#include "engine/cpu/tile_attention.h"
#include "engine/device.h"

namespace rappel::cpu {

struct Target {
  const char* name;   // identifier: "avx512vnni"
  const char* label;  // display name: "AVX-512 VNNI"
  const Kernels* kernels;
  const Product* half;
  const Product* int8;
  const TileAttention* attention;  // for quantized kinds; null: float32 attention of the kernels
  // Null for kFloat32.
  const Product* product(WeightKind kind) const;
};

// Targets in this build, fastest first.
struct BuiltTarget {
  const char* name;
  const char* label;
  const char* kernels;  // name of a KernelSet
  const Product* half;
  const Product* int8;
  const TileAttention* attention;     // null: none; may require one more feature
  std::vector<const char*> features;  // required (cpu_features.h)
  std::string missing;                // those that this machine lacks; empty: runs here
};
std::span<const BuiltTarget> built_targets();

// Targets that this machine can run, fastest first; never empty.
std::span<const Target> all_targets();
// By name; the fastest for an empty name; null if unknown or not supported by this machine.
const Target* find_target(std::string_view name);

}  // namespace rappel::cpu
