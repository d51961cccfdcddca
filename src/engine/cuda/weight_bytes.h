// The bytes of a Linear's weights as the GPU keeps them: one block with the rows of all parts and what
// belongs to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/cuda/commands.h"
#include "engine/device.h"

namespace rappel::cuda {

// The rows lie at the beginning. Places of the rest are in bytes, and multiples of kMemoryUnit.
struct WeightBytes {
  std::vector<std::byte> bytes;
  Element type = Element::kFloat32;
  std::int64_t stride = 0;  // elements
  int inputs = 0, outputs = 0;
  std::size_t bias_at = 0;
  std::size_t scales_at = 0, factors_at = 0;  // float32; 0: none
};

// Rows and bias of `type`; what is too large for a half becomes the largest one.
WeightBytes float_weights(std::span<const LinearPart> parts, Element type);

// Rows of 8 bits and a float32 scale each, the largest weight of a row being 127; bias in float32. Outliers
// among the inputs, by their `sizes` (Device::upload_linear), share their loss with their weights
// (engine/outliers.h); their factors are there then. There are as many rows of zeros behind the last as a
// multiple of kStrideUnit asks for.
WeightBytes int8_weights(std::span<const LinearPart> parts, std::span<const float> sizes);

std::vector<float> values_of(const TensorView& tensor);
// Appends `values`, row-major, as rows of `pitch` elements.
void append_rows(std::span<const float> values, std::size_t columns, std::size_t pitch, Element type,
                 std::vector<std::byte>& bytes);

}  // namespace rappel::cuda
