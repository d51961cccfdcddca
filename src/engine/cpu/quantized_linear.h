// QuantizedLinear: the quantized weights (8 or 16 bits) of a Linear, in the layout that products read
// (product.h).
#pragma once

#include <memory>
#include <span>

#include "base/status.h"
#include "base/thread_pool.h"
#include "engine/cpu/packed_linear.h"
#include "engine/cpu/product.h"

namespace rappel::cpu {

struct QuantizedLinear final : CpuLinear {
  QuantizedLinear(int inputs, int outputs, const Product& by, MemoryBudget* budget)
      : CpuLinear(inputs, outputs, &by, budget),
        weights(budget),
        scales(budget),
        sums(budget),
        shrink(budget) {}
  std::size_t padded_inputs() const;
  std::size_t columns() const { return panels * kPanel; }
  std::size_t panels = 0;
  bool wide = false;    // int8 weights with activations in two planes
  Floats weights;       // used as bytes
  Floats scales, sums;  // [group][columns]
  Floats shrink;        // factor of each input before rounding; empty = 1
  const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(weights.data()); }
};

// Quantizes in parallel from any floating-point type, one panel at a time: peak memory is the packed weights
// plus one panel per lane. Each group of a column has its own scale: the largest weight becomes 127 (int8) or
// 4095 (int16), or less if the bound on sums requires it. kResourceExhausted without memory.
//
// `sizes` of the inputs (Device::upload_linear), empty = all equal: outliers share the loss of precision with
// their weights (engine/outliers.h). Not for kBf16.
Result<std::unique_ptr<QuantizedLinear>> quantize_linear(std::span<const LinearPart> parts,
                                                         const Product& product, std::span<const float> sizes,
                                                         ThreadPool& pool, MemoryBudget* budget = nullptr);

// Memory for the activations of a product over `rows` rows of `inputs`; for wide ones, of one plane.
struct QuantizedRows {
  QuantizedRows(Format format, std::size_t inputs);
  std::size_t stride;         // bytes from row to row
  std::size_t scales_stride;  // floats
  std::size_t bytes(std::size_t rows) const { return (rows + kRowsBeyond) * stride; }
  std::size_t scales(std::size_t rows) const { return rows * scales_stride; }
};

}  // namespace rappel::cpu
