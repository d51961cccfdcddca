// Starts kernels on a stream. For the sources of a build with CUDA alone.
#pragma once

#include <cuda_runtime_api.h>

#include "engine/cuda/commands.h"

namespace rappel::cuda {

// `command` is any but a product. The answer is that of the start alone.
cudaError_t start_kernel(const Command& command, cudaStream_t stream);

}  // namespace rappel::cuda
