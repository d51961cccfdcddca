// The devices that the encoder's tests run on. Each test program links one file that names its own:
// test_encoder_devices_cpu.cc, metal/test_encoder_devices_metal.cc. The tests themselves name none.
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

// Devices by name, the fastest first: for the CPU its instruction sets with float32 kernels of their own.
std::vector<std::string> test_devices();
// Those that the reference implementations' answers are compared with: also the device that judges others.
std::vector<std::string> golden_devices();
// Devices with the weight kinds beside float32 that they have.
std::vector<std::pair<std::string, WeightKind>> test_device_kinds();

// "avx512vnni needs AVX-512 VNNI"; empty for what runs here.
std::string why_no_device(const std::string& name);
// Null for a device that cannot run here.
std::unique_ptr<Device> make_test_device(ThreadPool& pool, const std::string& name);
// How far float32 results may be off at least: 0 on CPUs, where a test's own bar is what holds.
double least_bar(const std::string& name);
// Takes so long that long texts are left out.
bool is_slow_device(const std::string& name);
// Tokens of the long text of the tests: 8192 but for emulation.
std::size_t longest_test_text(const std::string& name);

// The first that runs here.
inline std::string fastest_test_device() {
  for (const std::string& name : test_devices())
    if (why_no_device(name).empty()) return name;
  return test_devices().front();
}

}  // namespace rappel

// In SetUp().
#define RAPPEL_SKIP_WITHOUT_DEVICE(name) \
  if (const std::string reason = rappel::why_no_device(name); !reason.empty()) GTEST_SKIP() << reason
