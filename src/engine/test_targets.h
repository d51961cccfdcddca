// The instruction sets to test: all in this build. A test of one that this machine cannot run is skipped with
// the missing features in its message.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "engine/cpu/cpu_device.h"
#include "engine/cpu/kernels.h"

namespace rappel {

inline std::vector<std::string> built_target_names() {
  std::vector<std::string> names;
  for (const CpuTargetInfo& target : built_cpu_targets()) names.push_back(target.name);
  return names;
}

// One target for each set of float32 kernels, fastest first (several targets share one set).
inline std::vector<std::string> float_targets() {
  std::vector<std::string> names;
  for (const cpu::KernelSet& set : cpu::kernel_sets()) names.emplace_back(set.name);
  return names;
}

// Kernels of one of float_targets(), which this machine can run.
inline const cpu::Kernels& kernels_named(const std::string& name) {
  for (const cpu::KernelSet& set : cpu::kernel_sets())
    if (set.name == name && set.kernels) return *set.kernels;
  RAPPEL_CHECK(false, "RAPPEL_SKIP_UNLESS_IT_RUNS comes first");
}

// Why a target cannot run here: "avx512vnni needs AVX-512 VNNI"; empty if it can.
inline std::string why_not_here(const std::string& target) {
  for (const CpuTargetInfo& built : built_cpu_targets())
    if (built.name == target && !built.missing.empty()) return target + " needs " + built.missing;
  return "";
}

// Null if the target cannot run here.
inline std::unique_ptr<Device> target_device(ThreadPool& pool, const std::string& target) {
  return why_not_here(target).empty() ? make_cpu_device(pool, {target}) : nullptr;
}

}  // namespace rappel

// Call it in SetUp().
#define RAPPEL_SKIP_UNLESS_IT_RUNS(target) \
  if (const std::string reason = rappel::why_not_here(target); !reason.empty()) GTEST_SKIP() << reason
