// The Metal device ("mps"): the encoder's ops on Apple GPUs, by way of MLX.
//
// MLX builds a graph and computes when asked: an op of a pass adds nodes, and the graph is computed when the
// pass ends. All that touches MLX runs on one thread of the device, because MLX's streams belong to threads;
// callers wait for their turn in the order of asking. A Buffer is a name for a node, so what it holds ends
// with the pass.
//
// float32 by default; kHalf keeps the weights of the layers, their products and attention in float16 (what
// would be infinite there becomes the largest float16), LayerNorm and residuals in float32. Embedding tables
// stay in the model file and are read by the CPU, whose memory is the GPU's.
//
// MLX chooses its kernels on a GPU by the number of rows, so there the rows of a text agree from batch to
// batch within rounding only (DeviceInfo::same_bits). On MLX's CPU backend they agree bit for bit: what this
// folder does itself depends on a text's own length alone (length_buckets.h).
#pragma once

#include <cstddef>
#include <memory>

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

struct MetalDeviceOptions {
  // Bytes of weights and activations together; a pass or an upload that would need more is refused before it
  // begins. 0: what the system recommends for this GPU.
  std::size_t memory_bytes = 0;
  // Bytes that stay with the process after use, to be used again (trim() gives them back).
  std::size_t cache_bytes = std::size_t{512} << 20;
  // Where there is no Metal: MLX's CPU backend, slow and for tests.
  bool cpu_backend = false;
  // Joins the steps of GELU into one kernel. Where there is no Metal that needs a C++ compiler at run time.
  bool compile_on_cpu = false;
};

// This build has the device.
bool metal_built();
// And this machine has Metal.
bool metal_present();

// The limits are MLX's and hold for the whole process: those of the device made last. kUnsupported, with
// what to do, when this build or this machine lacks it.
Result<std::unique_ptr<Device>> make_metal_device(const MetalDeviceOptions& options);

}  // namespace rappel
