#include "engine/cpu/target.h"

#include <vector>

namespace rappel::cpu {
namespace {

std::vector<Target> supported_targets() {
  std::vector<Target> list;
  const auto add = [&list](const char* name, const char* label, const char* kernels, const Product* half,
                           const Product* int8) {
    const Kernels* floats = find_kernels(kernels);
    if (floats != nullptr && half != nullptr && int8 != nullptr)
      list.push_back({name, label, floats, half, int8});
  };
  add("amx", "AMX", "avx512", amx_bf16(), amx_int8());
  add("avx512vnni", "AVX-512 VNNI", "avx512", avx512_vnni_int16(), avx512_vnni_int8());
  add("avx512", "AVX-512", "avx512", avx2_int16(), avx2_int8());
  add("avxvnni", "AVX-VNNI", "avx2", avx_vnni_int16(), avx_vnni_int8());
  add("avx2", "AVX2", "avx2", avx2_int16(), avx2_int8());
  for (const Kernels* kernels : all_kernels())  // the rest
    if (std::string_view(kernels->name) != "avx512" && std::string_view(kernels->name) != "avx2")
      add(kernels->name, kernels->label, kernels->name, portable_int16(), portable_int8());
  return list;
}

}  // namespace

const Product* Target::product(WeightKind kind) const {
  switch (kind) {
    case WeightKind::kFloat32:
      return nullptr;
    case WeightKind::kHalf:
      return half;
    case WeightKind::kInt8:
      return int8;
  }
  return nullptr;
}

std::span<const Target> all_targets() {
  static const std::vector<Target> list = supported_targets();
  return list;
}

const Target* find_target(std::string_view name) {
  if (name.empty()) return &all_targets().front();
  for (const Target& target : all_targets())
    if (name == target.name) return &target;
  return nullptr;
}

}  // namespace rappel::cpu
