// Instruction sets to test with: all that this build has code for. A test of one that this machine cannot run
// is skipped by name, with what is missing.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/cpu/cpu_device.h"
#include "engine/cpu/kernels.h"

namespace rappel {

inline std::vector<std::string> built_target_names() {
  std::vector<std::string> names;
  for (const CpuTargetInfo& target : built_cpu_targets()) names.push_back(target.name);
  return names;
}

// One target for each set of float32 kernels, the fastest first: targets differ in their reduced kinds too,
// many share their float32 kernels.
inline std::vector<std::string> float_targets() {
  std::vector<std::string> names;
  for (const cpu::KernelSet& set : cpu::kernel_sets()) names.emplace_back(set.name);
  return names;
}

// "avx512vnni needs AVX-512 VNNI"; empty for what runs here.
inline std::string why_not_here(const std::string& target) {
  for (const CpuTargetInfo& built : built_cpu_targets())
    if (built.name == target && !built.missing.empty()) return target + " needs " + built.missing;
  return "";
}

// Null for a target that cannot run here.
inline std::unique_ptr<Device> target_device(ThreadPool& pool, const std::string& target) {
  return why_not_here(target).empty() ? make_cpu_device(pool, {target}) : nullptr;
}

}  // namespace rappel

// In SetUp().
#define RAPPEL_SKIP_UNLESS_IT_RUNS(target) \
  if (const std::string reason = rappel::why_not_here(target); !reason.empty()) GTEST_SKIP() << reason
