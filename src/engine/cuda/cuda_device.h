// The CUDA device: NVIDIA's graphics processors from compute capability 7.5 on.
//
// The driver and cuBLASLt are looked for when a device is opened; a machine without them, and a build without
// CUDA (RAPPEL_CUDA=OFF), say so in words and lose nothing else. Weights are half (IEEE 16 bit), float32,
// 8 bits, and from compute capability 8.0 on bfloat16 and float32 in TF32; embedding tables stay in the model
// file's type, LayerNorm and heads are float32. One forward pass is one list of commands on one stream
// (gpu_pass.h); small ones are replayed as CUDA graphs.
//
// Memory: weights and buffers as they are asked for, a block for the batch, the answers and what heads
// convert and products of 8 bits pass through, which grows to what was needed and is given back by trim(). A
// forward pass like an earlier one allocates nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

// This build has the device.
bool cuda_built();

// What `cuda` can be on this machine. Where there is nothing that can be used `devices` is empty and `reason`
// says why: this build, no driver, a driver that is too old, no device, none that is new enough.
struct CudaReport {
  struct Gpu {
    std::string description;
    std::string refused;  // why it cannot be used; empty when it can
  };
  std::vector<Gpu> devices;  // cuda:N is number N
  std::string reason;

  // `cuda` without a number can be used.
  bool has_first() const { return !devices.empty() && devices.front().refused.empty(); }
};
CudaReport cuda_report();

// Device `number`. kUnsupported when this build or machine has no such device; the message says why and what
// to do.
// The limit is of what this device takes; cuBLASLt and the driver take some hundred megabytes beside it.
Result<std::unique_ptr<Device>> make_cuda_device(int number, const MemoryLimit& limit = {});

}  // namespace rappel
