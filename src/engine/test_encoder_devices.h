// The devices that the encoder tests run on. The tests name no device: each test program links one file that
// defines its devices, for example test_encoder_devices_cpu.cc or metal/test_encoder_devices_metal.cc.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "engine/device.h"

namespace rappel {

// Names of devices, fastest first. For the CPU: the instruction sets that have their own float32 kernels.
std::vector<std::string> test_devices();
// Devices for the comparison with reference values; includes the reference device.
std::vector<std::string> golden_devices();
// Devices with the weight kinds, other than float32, that they support.
std::vector<std::pair<std::string, WeightKind>> test_device_kinds();

// Why a device cannot run here: "avx512vnni needs AVX-512 VNNI"; empty if it can.
std::string why_no_device(const std::string& name);
// Null if the device cannot run here.
std::unique_ptr<Device> make_test_device(ThreadPool& pool, const std::string& name);
// Minimum tolerance for float32 results: 0 on CPUs, where the tolerance of the test applies.
double least_bar(const std::string& name);
// True if the device is so slow that tests leave out long texts.
bool is_slow_device(const std::string& name);
// Length of the long text in tests: 8192 tokens, fewer under emulation.
std::size_t longest_test_text(const std::string& name);

// The first device that runs here.
inline std::string fastest_test_device() {
  for (const std::string& name : test_devices())
    if (why_no_device(name).empty()) return name;
  return test_devices().front();
}

}  // namespace rappel

// Call it in SetUp().
#define RAPPEL_SKIP_WITHOUT_DEVICE(name) \
  if (const std::string reason = rappel::why_no_device(name); !reason.empty()) GTEST_SKIP() << reason
