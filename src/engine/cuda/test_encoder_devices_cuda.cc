// Runs the encoder tests on the CUDA device: emulated, and on a GPU if there is one.
#include "engine/cuda/test_cuda_devices.h"
#include "engine/test_encoder_devices.h"

namespace rappel {

std::vector<std::string> test_devices() { return cuda_test_devices(); }
std::vector<std::string> golden_devices() { return cuda_test_devices(); }
std::vector<std::pair<std::string, WeightKind>> test_device_kinds() {
  std::vector<std::pair<std::string, WeightKind>> list;
  for (const std::string& name : cuda_test_devices())
    for (const WeightKind kind :
         {WeightKind::kTf32, WeightKind::kHalf, WeightKind::kBfloat16, WeightKind::kInt8})
      list.emplace_back(name, kind);
  return list;
}

std::string why_no_device(const std::string&) { return ""; }

std::unique_ptr<Device> make_test_device(ThreadPool&, const std::string& name) {
  static cuda::EmulatedGpuControl control;
  return cuda_test_device(name, control);
}

// A GPU uses fused multiply-adds and a different order of summation.
double least_bar(const std::string& name) { return name == "cuda" ? 1e-3 : 0; }

bool is_slow_device(const std::string& name) { return name == "cuda_emulated"; }

std::size_t longest_test_text(const std::string& name) { return name == "cuda_emulated" ? 300 : 8192; }

}  // namespace rappel
