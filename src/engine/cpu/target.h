// Target: what the CPU device computes with on one kind of processor - the float32 kernels and a product per
// reduced kind.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/cpu/kernels.h"
#include "engine/cpu/product.h"
#include "engine/cpu/tile_attention.h"
#include "engine/device.h"

namespace rappel::cpu {

struct Target {
  const char* name;   // to ask for it by: "avx512vnni"
  const char* label;  // for people: "AVX-512 VNNI"
  const Kernels* kernels;
  const Product* half;
  const Product* int8;
  const TileAttention* attention;  // for reduced kinds; null: the kernels' in float32
  // Null for kFloat32.
  const Product* product(WeightKind kind) const;
};

// What this build has code for, the fastest first.
struct BuiltTarget {
  const char* name;
  const char* label;
  std::string missing;  // features that this machine lacks for it (cpu_features.h); empty = it runs here
};
std::span<const BuiltTarget> built_targets();

// Those that this machine can run, the fastest first; never empty.
std::span<const Target> all_targets();
// By name; the fastest for an empty name, null for an unknown one or one that this machine cannot run.
const Target* find_target(std::string_view name);

}  // namespace rappel::cpu
