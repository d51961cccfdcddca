#include "engine/cpu/target.h"

#include <vector>

#include "base/check.h"
#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {
namespace {

// An entry of the list of targets. Entries whose kernels are not in this build are for other architectures.
struct Recipe {
  const char* name;
  const char* label;
  const char* kernels;
  std::vector<const char*> features;  // in addition to those of the kernels (cpu_features.h)
  const Product* (*half)();
  const Product* (*int8)();
  const TileAttention* (*attention)() = nullptr;  // returns null if the processor lacks features
};

// Fastest first. At least one per set of kernels.
const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> list = {
      {.name = "amx",
       .label = "AMX",
       .kernels = "avx512",
       .features = {"AMX-BF16", "AMX-INT8"},
       .half = &amx_bf16,
       .int8 = &amx_int8,
       .attention = &amx_attention},
      {.name = "avx512vnni",
       .label = "AVX-512 VNNI",
       .kernels = "avx512",
       .features = {"AVX-512 VNNI"},
       .half = &avx512_vnni_int16,
       .int8 = &avx512_vnni_int8,
       .attention = &avx512_bf16_attention},
      {.name = "avx512",
       .label = "AVX-512",
       .kernels = "avx512",
       .features = {},
       .half = &avx2_int16,
       .int8 = &avx2_int8},
      {.name = "avxvnni",
       .label = "AVX-VNNI",
       .kernels = "avx2",
       .features = {"AVX-VNNI"},
       .half = &avx_vnni_int16,
       .int8 = &avx_vnni_int8},
      {.name = "avx2",
       .label = "AVX2",
       .kernels = "avx2",
       .features = {},
       .half = &avx2_int16,
       .int8 = &avx2_int8},
      {.name = "sse4",
       .label = "SSE4",
       .kernels = "sse4",
       .features = {},
       .half = &portable_int16,
       .int8 = &portable_int8},
      {.name = "neon_i8mm",
       .label = "NEON I8MM",
       .kernels = "neon",
       .features = {"I8MM", "BF16"},
       .half = &neon_bf16,
       .int8 = &neon_i8mm_int8},
      {.name = "neon_dotprod",
       .label = "NEON DotProd",
       .kernels = "neon",
       .features = {"DotProd"},
       .half = &neon_int16,
       .int8 = &neon_dotprod_int8},
      {.name = "neon",
       .label = "NEON",
       .kernels = "neon",
       .features = {},
       .half = &neon_int16,
       .int8 = &neon_int8},
      {.name = "portable",
       .label = "portable",
       .kernels = "portable",
       .features = {},
       .half = &portable_int16,
       .int8 = &portable_int8},
  };
  return list;
}

const KernelSet* kernel_set(std::string_view name) {
  for (const KernelSet& set : kernel_sets())
    if (name == set.name) return &set;
  return nullptr;
}

std::vector<BuiltTarget> list_built_targets() {
  std::vector<BuiltTarget> list;
  for (const Recipe& recipe : recipes()) {
    const KernelSet* set = kernel_set(recipe.kernels);
    if (set == nullptr) continue;
    std::vector<const char*> features = recipe.features;
    if (*set->feature != '\0') features.insert(features.begin(), set->feature);
    list.push_back({recipe.name, recipe.label, missing_features(features)});
  }
  return list;
}

std::vector<Target> list_targets() {
  std::vector<Target> list;
  for (const Recipe& recipe : recipes()) {
    const KernelSet* set = kernel_set(recipe.kernels);
    if (set == nullptr || !set->kernels || !missing_features(recipe.features).empty()) continue;
    list.push_back({.name = recipe.name,
                    .label = recipe.label,
                    .kernels = &*set->kernels,
                    .half = recipe.half(),
                    .int8 = recipe.int8(),
                    .attention = recipe.attention != nullptr ? recipe.attention() : nullptr});
    RAPPEL_CHECK(list.back().half != nullptr && list.back().int8 != nullptr,
                 "a target lists every feature that its products require");
  }
  return list;
}

}  // namespace

std::span<const BuiltTarget> built_targets() {
  static const std::vector<BuiltTarget> list = list_built_targets();
  return list;
}

const Product* Target::product(WeightKind kind) const {
  switch (kind) {
    case WeightKind::kFloat32:
    case WeightKind::kTf32:
    case WeightKind::kBfloat16: return nullptr;
    case WeightKind::kHalf: return half;
    case WeightKind::kInt8:
    case WeightKind::kW8A16: return int8;
  }
  return nullptr;
}

std::span<const Target> all_targets() {
  static const std::vector<Target> list = list_targets();
  return list;
}

const Target* find_target(std::string_view name) {
  if (name.empty()) return &all_targets().front();
  for (const Target& target : all_targets())
    if (name == target.name) return &target;
  return nullptr;
}

}  // namespace rappel::cpu
