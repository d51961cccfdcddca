// Launches kernels on a stream. Only for sources of builds with CUDA.
#pragma once

#include <cuda_runtime_api.h>

#include "engine/cuda/commands.h"

namespace rappel::cuda {

// `command` is any command except a product. Returns the status of the launch only.
cudaError_t start_kernel(const Command& command, cudaStream_t stream);

}  // namespace rappel::cuda
