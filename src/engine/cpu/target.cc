#include "engine/cpu/target.h"

#include <vector>

#include "base/check.h"
#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {
namespace {

// A line of the list of targets. One whose kernels are not in this build is for another architecture.
struct Recipe {
  const char* name;
  const char* label;
  const char* kernels;
  std::vector<const char*> features;  // beyond those of the kernels (cpu_features.h)
  const Product* (*half)();
  const Product* (*int8)();
  const TileAttention* (*attention)() = nullptr;  // null where the processor lacks what it needs
};

// The fastest first. One per set of kernels at least.
const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> list = {
      {"amx", "AMX", "avx512", {"AMX-BF16", "AMX-INT8"}, &amx_bf16, &amx_int8, &amx_attention},
      {"avx512vnni",
       "AVX-512 VNNI",
       "avx512",
       {"AVX-512 VNNI"},
       &avx512_vnni_int16,
       &avx512_vnni_int8,
       &avx512_bf16_attention},
      {"avx512", "AVX-512", "avx512", {}, &avx2_int16, &avx2_int8},
      {"avxvnni", "AVX-VNNI", "avx2", {"AVX-VNNI"}, &avx_vnni_int16, &avx_vnni_int8},
      {"avx2", "AVX2", "avx2", {}, &avx2_int16, &avx2_int8},
      {"sse4", "SSE4", "sse4", {}, &portable_int16, &portable_int8},
      {"neon_i8mm", "NEON I8MM", "neon", {"I8MM", "BF16"}, &neon_bf16, &neon_i8mm_int8},
      {"neon_dotprod", "NEON DotProd", "neon", {"DotProd"}, &neon_int16, &neon_dotprod_int8},
      {"neon", "NEON", "neon", {}, &neon_int16, &neon_int8},
      {"portable", "portable", "portable", {}, &portable_int16, &portable_int8},
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
    list.push_back({recipe.name, recipe.label, &*set->kernels, recipe.half(), recipe.int8(),
                    recipe.attention != nullptr ? recipe.attention() : nullptr});
    RAPPEL_CHECK(list.back().half != nullptr && list.back().int8 != nullptr,
                 "a target names every feature that its products ask for");
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
