#include "engine/cpu/cpu_features.h"

#include "engine/cpu/arm_features.h"
#include "engine/cpu/x86_features.h"

namespace rappel::cpu {
namespace {

std::vector<CpuFeature> list_features() {
  std::vector<CpuFeature> list = detect_x86_features();
  for (const CpuFeature& feature : detect_arm_features()) list.push_back(feature);
  return list;
}

bool usable(std::string_view name) {
  for (const CpuFeature& feature : cpu_features())
    if (name == feature.name) return feature.usable;
  return false;
}

}  // namespace

std::span<const CpuFeature> cpu_features() {
  static const std::vector<CpuFeature> list = list_features();
  return list;
}

std::string missing_features(std::span<const char* const> needed) {
  std::string missing;
  for (const char* name : needed)
    if (!usable(name)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  return missing;
}

}  // namespace rappel::cpu
