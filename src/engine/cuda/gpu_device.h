// The Device over a Gpu: handles, the batch on its way to the device, and answers on their way back.
#pragma once

#include <memory>

#include "engine/cuda/gpu.h"
#include "engine/device.h"

namespace rappel::cuda {

// Weights, buffers and what a pass needs count against the limit; memory of the host does not.
std::unique_ptr<Device> make_gpu_device(std::unique_ptr<Gpu> gpu, const MemoryLimit& limit = {});

}  // namespace rappel::cuda
