// The CUDA devices in tests: "cuda_emulated" runs the kernels on the CPU; "cuda" is a real GPU, listed only
// if there is one.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/cuda/cuda_device.h"
#include "engine/cuda/gpu_device.h"
#include "engine/cuda/test_emulated_gpu.h"

namespace rappel {

inline std::vector<std::string> cuda_test_devices() {
  std::vector<std::string> names{"cuda_emulated"};
  if (cuda_report().has_first()) names.insert(names.begin(), "cuda");
  return names;
}

// `control` belongs to an emulated device and must outlive it. A GPU that exists but cannot be opened (no
// cuBLASLt) fails the test with the error of the device.
inline std::unique_ptr<Device> cuda_test_device(const std::string& name, cuda::EmulatedGpuControl& control) {
  if (name == "cuda_emulated") return cuda::make_gpu_device(cuda::make_emulated_gpu(control));
  auto device = make_cuda_device(0);
  if (!device.ok()) throw std::runtime_error(device.status().to_string());
  return std::move(device).value();
}

}  // namespace rappel
