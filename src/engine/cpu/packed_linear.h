// PackedLinear: the float32 weights of a Linear in the layout that the kernels read (kernels.h).
#pragma once

#include <memory>
#include <span>

#include "base/status.h"
#include "base/thread_pool.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/memory.h"
#include "engine/device.h"

namespace rappel::cpu {

struct Product;

// Base of PackedLinear and QuantizedLinear; the pass distinguishes them by `product`.
struct CpuLinear : Linear {
  CpuLinear(int inputs, int outputs, const Product* by, MemoryBudget* budget)
      : Linear(inputs, outputs), product(by), bias(budget) {}
  const Product* product;  // null: a PackedLinear, else a QuantizedLinear
  Floats bias;             // padded to whole panels
};

struct PackedLinear final : CpuLinear {
  PackedLinear(int inputs, int outputs, MemoryBudget* budget)
      : CpuLinear(inputs, outputs, nullptr, budget), weights(budget) {}
  std::size_t panels = 0;
  Floats weights;
};

// Packs in parallel, from any floating-point type. kResourceExhausted without memory.
Result<std::unique_ptr<PackedLinear>> pack_linear(std::span<const LinearPart> parts, const Kernels& kernels,
                                                  ThreadPool& pool, MemoryBudget* budget = nullptr);

}  // namespace rappel::cpu
