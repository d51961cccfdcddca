// The CUDA device in tests: "cuda_emulated" runs its kernels on the CPU; "cuda" is the real one, in the list
// where there is one.
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

// `control` is of an emulated device, and must outlive it. A device that is there and cannot be opened (no
// cuBLASLt) fails the test, with what the device says.
inline std::unique_ptr<Device> cuda_test_device(const std::string& name, cuda::EmulatedGpuControl& control) {
  if (name == "cuda_emulated") return cuda::make_gpu_device(cuda::make_emulated_gpu(control));
  auto device = make_cuda_device(0);
  if (!device.ok()) throw std::runtime_error(device.status().to_string());
  return std::move(device).value();
}

}  // namespace rappel
