#include "engine/cpu/target.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {

// One product_*.cc or tile_attention_*.cc per instruction set. They return null in builds for other
// architectures.
const Product* portable_int8();
const Product* portable_int16();
const Product* avx2_int8();
const Product* avx2_int16();
const Product* avx_vnni_int8();
const Product* avx_vnni_int16();
const Product* avx512_vnni_int8();
const Product* avx512_vnni_int16();
const Product* amx_int8();
const Product* amx_bf16();
const Product* neon_int8();
const Product* neon_int16();
const Product* neon_dotprod_int8();
const Product* neon_i8mm_int8();
const Product* neon_bf16();
const TileAttention* amx_attention();
const TileAttention* avx512_bf16_attention();

namespace {

// An entry of the list of targets. Entries whose kernels are not in this build are for other architectures.
struct Recipe {
  const char* name;
  const char* label;
  const char* kernels;
  const Product* (*half)();
  const Product* (*int8)();
  const TileAttention* (*attention)() = nullptr;  // used if the processor has its feature
};

// Fastest first. At least one per set of kernels.
const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> list = {
      {.name = "amx",
       .label = "AMX",
       .kernels = "avx512",
       .half = &amx_bf16,
       .int8 = &amx_int8,
       .attention = &amx_attention},
      {.name = "avx512vnni",
       .label = "AVX-512 VNNI",
       .kernels = "avx512",
       .half = &avx512_vnni_int16,
       .int8 = &avx512_vnni_int8,
       .attention = &avx512_bf16_attention},
      {.name = "avx512", .label = "AVX-512", .kernels = "avx512", .half = &avx2_int16, .int8 = &avx2_int8},
      {.name = "avxvnni",
       .label = "AVX-VNNI",
       .kernels = "avx2",
       .half = &avx_vnni_int16,
       .int8 = &avx_vnni_int8},
      {.name = "avx2", .label = "AVX2", .kernels = "avx2", .half = &avx2_int16, .int8 = &avx2_int8},
      {.name = "sse4", .label = "SSE4", .kernels = "sse4", .half = &portable_int16, .int8 = &portable_int8},
      {.name = "neon_i8mm",
       .label = "NEON I8MM",
       .kernels = "neon",
       .half = &neon_bf16,
       .int8 = &neon_i8mm_int8},
      {.name = "neon_dotprod",
       .label = "NEON DotProd",
       .kernels = "neon",
       .half = &neon_int16,
       .int8 = &neon_dotprod_int8},
      {.name = "neon", .label = "NEON", .kernels = "neon", .half = &neon_int16, .int8 = &neon_int8},
      {.name = "portable",
       .label = "portable",
       .kernels = "portable",
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

// The features of the kernels and of both products, each once.
std::vector<const char*> required_features(const Recipe& recipe, const KernelSet& set) {
  std::vector<const char*> list;
  for (const char* feature : {set.feature, recipe.half()->feature, recipe.int8()->feature}) {
    const bool listed = std::any_of(list.begin(), list.end(),
                                    [&](const char* other) { return std::string_view(other) == feature; });
    if (*feature != '\0' && !listed) list.push_back(feature);
  }
  return list;
}

std::vector<BuiltTarget> list_built_targets() {
  std::vector<BuiltTarget> list;
  for (const Recipe& recipe : recipes()) {
    const KernelSet* set = kernel_set(recipe.kernels);
    if (set == nullptr) continue;
    const std::vector<const char*> features = required_features(recipe, *set);
    list.push_back({.name = recipe.name,
                    .label = recipe.label,
                    .kernels = recipe.kernels,
                    .half = recipe.half(),
                    .int8 = recipe.int8(),
                    .attention = recipe.attention != nullptr ? recipe.attention() : nullptr,
                    .features = features,
                    .missing = missing_features(features)});
  }
  return list;
}

std::vector<Target> list_targets() {
  std::vector<Target> list;
  for (const BuiltTarget& target : built_targets()) {
    if (!target.missing.empty()) continue;
    const TileAttention* attention = target.attention;
    const bool usable = attention != nullptr && missing_features(std::span(&attention->feature, 1)).empty();
    list.push_back({.name = target.name,
                    .label = target.label,
                    .kernels = &*kernel_set(target.kernels)->kernels,
                    .half = target.half,
                    .int8 = target.int8,
                    .attention = usable ? attention : nullptr});
  }
  RAPPEL_CHECK(!list.empty(), "the compiler's baseline instruction set runs everywhere");
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
