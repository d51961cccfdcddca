// Implements Device on a Gpu: handles, upload of the batch, download of results.
#pragma once

#include <memory>

#include "engine/cuda/gpu.h"
#include "engine/device.h"

namespace rappel::cuda {

// Weights, buffers and scratch memory count against the limit; host memory does not.
std::unique_ptr<Device> make_gpu_device(std::unique_ptr<Gpu> gpu, const MemoryLimit& limit = {});

}  // namespace rappel::cuda
