// Runs the encoder tests on the Metal device: on the GPU of a Mac, elsewhere on the CPU backend of MLX.
#include "engine/metal/metal_device.h"
#include "engine/test_encoder_devices.h"

namespace rappel {

std::vector<std::string> test_devices() { return {"mps"}; }
std::vector<std::string> golden_devices() { return {"mps"}; }
std::vector<std::pair<std::string, WeightKind>> test_device_kinds() { return {{"mps", WeightKind::kHalf}}; }

std::string why_no_device(const std::string&) { return ""; }

std::unique_ptr<Device> make_test_device(ThreadPool&, const std::string&) {
  auto device = make_metal_device({.cpu_backend = true});
  EXPECT_TRUE(device.ok()) << device.status().to_string();
  return device.ok() ? std::move(*device) : nullptr;
}

// A GPU has its own exponential and order of summation.
double least_bar(const std::string&) { return metal_present() ? 1e-3 : 0; }

std::size_t longest_test_text(const std::string&) { return 8192; }

// On the CPU backend of MLX all texts take 90 s (docs/metal.md), the shorter ones seconds.
bool is_slow_device(const std::string&) { return !metal_present(); }

}  // namespace rappel
