// PackedLinear: a Linear's float32 weights in the order in which the kernels read them (kernels.h).
#pragma once

#include <memory>
#include <span>

#include "base/status.h"
#include "base/thread_pool.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/memory.h"
#include "engine/device.h"

namespace rappel::cpu {

struct PackedLinear final : Linear {
  PackedLinear(int inputs, int outputs) : Linear(inputs, outputs) {}
  std::size_t panels = 0;
  Floats weights;
  Floats bias;
};

// In parallel, from any floating-point type. kResourceExhausted without memory.
Result<std::unique_ptr<PackedLinear>> pack_linear(std::span<const LinearPart> parts, const Kernels& kernels,
                                                  ThreadPool& pool);

}  // namespace rappel::cpu
