// The Metal device ("mps"): the ops of the encoder on Apple GPUs, implemented with MLX.
//
// MLX evaluates lazily: the ops of a pass add nodes to a graph, which is computed when the pass ends. All
// calls of MLX run on one thread of the device, because streams of MLX belong to threads; callers are served
// in order of arrival. A Buffer refers to a graph node, so its content is valid until the end of the pass.
//
// float32 by default. kHalf uses float16 for the weights, products and attention of the layers (values that
// would overflow become the largest float16), and float32 for LayerNorm and residuals. Embedding tables stay
// in the model file; the CPU reads them, because CPU and GPU share memory.
//
// On a GPU, MLX chooses kernels by the number of rows, so the result of a text is equal across batches only
// up to rounding (DeviceInfo::same_bits). On the CPU backend of MLX it is bit-identical, because the code of
// this folder depends on the length of the text alone (length_buckets.h).
#pragma once

#include <cstddef>
#include <memory>

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

struct MetalDeviceOptions {
  // Limit in bytes of weights and activations together; a pass or an upload that would exceed it is rejected
  // before it starts. 0: the limit that the system recommends for this GPU.
  std::size_t memory_bytes = 0;
  // Bytes that MLX keeps for reuse (trim() releases them).
  std::size_t cache_bytes = std::size_t{512} << 20;
  // Use the CPU backend of MLX, which is slow and meant for tests, if there is no Metal.
  bool cpu_backend = false;
  // Fuses GELU into one kernel. Without Metal this needs a C++ compiler at run time.
  bool compile_on_cpu = false;
};

// True if this build includes the device.
bool metal_built();
// True if, in addition, this machine has Metal.
bool metal_present();

// MLX applies the limits to the whole process; the device created last sets them. kUnsupported, with advice,
// if this build or this machine lacks Metal.
Result<std::unique_ptr<Device>> make_metal_device(const MetalDeviceOptions& options);

}  // namespace rappel
