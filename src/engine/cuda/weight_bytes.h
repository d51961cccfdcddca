// The bytes of the weights of a Linear in GPU memory: one block with the rows of all parts, scales, factors
// and bias.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/cuda/commands.h"
#include "engine/device.h"

namespace rappel::cuda {

// The rows are at the beginning. The other offsets are in bytes, multiples of kMemoryUnit.
struct WeightBytes {
  std::vector<std::byte> bytes;
  Element type = Element::kFloat32;
  std::int64_t stride = 0;  // elements
  int inputs = 0, outputs = 0;
  std::size_t bias_at = 0;
  std::size_t scales_at = 0, factors_at = 0;  // float32; 0: none
};

// Rows and bias of `type`; a value too large for a half becomes the largest half.
WeightBytes float_weights(std::span<const LinearPart> parts, Element type);

// 8-bit rows with a float32 scale each (the largest weight of a row becomes 127) and float32 bias. Outlier
// inputs, according to `sizes` (Device::upload_linear), get factors (engine/outliers.h). The rows are padded
// with zero rows to a multiple of kStrideUnit.
WeightBytes int8_weights(std::span<const LinearPart> parts, std::span<const float> sizes);

std::vector<float> values_of(const TensorView& tensor);
// Appends `values`, row-major, as rows of `pitch` elements.
void append_rows(std::span<const float> values, std::size_t columns, std::size_t pitch, Element type,
                 std::vector<std::byte>& bytes);

}  // namespace rappel::cuda
