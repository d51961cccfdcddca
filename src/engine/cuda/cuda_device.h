// The CUDA device: NVIDIA GPUs with compute capability 7.5 or higher.
//
// The driver and cuBLASLt are loaded when a device is opened. Without them, and in a build without CUDA
// (RAPPEL_CUDA=OFF), opening fails with a clear message and everything else works. Weights are half (IEEE 16
// bit), float32, 8 bits, and from compute capability 8.0 on bfloat16 and float32 in TF32; embedding tables
// stay in the model file's type, LayerNorm and heads are float32. One forward pass is one list of commands on
// one stream (gpu_pass.h); small ones are replayed as CUDA graphs.
//
// Memory: weights and buffers as allocated by the encoder, plus a block for the batch, the results and
// scratch space of heads and 8-bit products. The block grows as needed; trim() releases it. A forward pass
// with the shape of an earlier one allocates nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

// True if this build includes the device.
bool cuda_built();

// The usable GPUs of this machine. If there is none, `devices` is empty and `reason`
// says why: this build, no driver, a driver that is too old, no device, none that is new enough.
struct CudaReport {
  struct Gpu {
    std::string description;
    std::string refused;  // why it cannot be used; empty if it can
  };
  std::vector<Gpu> devices;  // cuda:N is number N
  std::string reason;

  // True if `cuda` without a number selects a usable device.
  bool has_first() const { return !devices.empty() && devices.front().refused.empty(); }
};
CudaReport cuda_report();

// Opens device `number`. kUnsupported if this build or machine has no such device; the message says why and
// what to do.
// The limit applies to the memory that this device allocates; cuBLASLt and the driver use some hundred
// megabytes more.
Result<std::unique_ptr<Device>> make_cuda_device(int number, const MemoryLimit& limit = {});

}  // namespace rappel
