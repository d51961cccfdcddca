#include "engine/cuda/weight_bytes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "codec/float16.h"
#include "engine/cuda/gpu.h"
#include "engine/outliers.h"

namespace rappel::cuda {
namespace {

std::uint16_t half(float value) { return float_to_f16(std::clamp(value, -kLargestHalf, kLargestHalf)); }

WeightBytes described(std::span<const LinearPart> parts, Element type, std::size_t unit) {
  WeightBytes weights;
  weights.type = type;
  weights.inputs = static_cast<int>(parts[0].weight.shape[1]);
  weights.stride = static_cast<std::int64_t>(padded(static_cast<std::size_t>(weights.inputs), unit));
  for (const LinearPart& part : parts) weights.outputs += static_cast<int>(part.weight.shape[0]);
  return weights;
}

// The next aligned offset.
std::size_t next_place(std::vector<std::byte>& bytes) {
  bytes.resize(padded(bytes.size(), kMemoryUnit));
  return bytes.size();
}

// One row, padded like other float32 rows.
std::size_t append_floats(std::span<const float> values, std::vector<std::byte>& bytes) {
  const std::size_t at = next_place(bytes);
  append_rows(values, values.size(), padded(values.size()), Element::kFloat32, bytes);
  return at;
}

std::vector<float> bias_of(std::span<const LinearPart> parts) {
  std::vector<float> all;
  for (const LinearPart& part : parts) {
    const std::vector<float> bias = values_of(part.bias);
    all.insert(all.end(), bias.begin(), bias.end());
  }
  return all;
}

std::vector<float> factors_of(std::span<const LinearPart> parts, std::span<const float> sizes) {
  if (!has_outliers(sizes)) return {};
  std::vector<float> largest(sizes.size());
  for (const LinearPart& part : parts) {
    const std::vector<float> values = values_of(part.weight);
    for (std::size_t i = 0; i < values.size(); ++i)
      largest[i % sizes.size()] = std::max(largest[i % sizes.size()], std::abs(values[i]));
  }
  return outlier_factors(sizes, largest);
}

// Quantizes a row and returns its scale.
float append_int8(std::span<const float> row, std::size_t pitch, std::vector<std::byte>& bytes) {
  float largest = 0;
  for (const float value : row) largest = std::max(largest, std::abs(value));
  const float factor = largest > 1e-30f ? 127.0f / largest : 0.0f;
  const std::size_t at = bytes.size();
  bytes.resize(at + pitch);
  for (std::size_t i = 0; i < row.size(); ++i)
    bytes[at + i] = static_cast<std::byte>(
        static_cast<std::int8_t>(std::clamp(std::nearbyint(row[i] * factor), -127.0f, 127.0f)));
  return factor > 0 ? largest / 127.0f : 0.0f;
}

}  // namespace

std::vector<float> values_of(const TensorView& tensor) {
  std::vector<float> values(tensor.elements());
  tensor.to_float(values);
  return values;
}

void append_rows(std::span<const float> values, std::size_t columns, std::size_t pitch, Element type,
                 std::vector<std::byte>& bytes) {
  const std::size_t step = pitch * element_bytes(type), rows = values.size() / columns;
  const std::size_t at = bytes.size();
  bytes.resize(at + rows * step);
  for (std::size_t row = 0; row < rows; ++row) {
    std::byte* to = bytes.data() + at + row * step;
    const float* from = values.data() + row * columns;
    if (type == Element::kFloat32)
      std::memcpy(to, from, columns * sizeof(float));
    else
      std::transform(from, from + columns, reinterpret_cast<std::uint16_t*>(to),
                     type == Element::kBfloat16 ? float_to_bf16 : half);
  }
}

WeightBytes float_weights(std::span<const LinearPart> parts, Element type) {
  WeightBytes weights = described(parts, type, kStrideUnit);
  for (const LinearPart& part : parts)
    append_rows(values_of(part.weight), static_cast<std::size_t>(weights.inputs),
                static_cast<std::size_t>(weights.stride), type, weights.bytes);
  weights.bias_at = next_place(weights.bytes);
  const std::vector<float> bias = bias_of(parts);
  append_rows(bias, bias.size(), bias.size(), type, weights.bytes);
  return weights;
}

WeightBytes int8_weights(std::span<const LinearPart> parts, std::span<const float> sizes) {
  WeightBytes weights = described(parts, Element::kInt8, kInt8StrideUnit);
  const auto inputs = static_cast<std::size_t>(weights.inputs),
             outputs = static_cast<std::size_t>(weights.outputs),
             pitch = static_cast<std::size_t>(weights.stride);
  std::vector<float> factors = factors_of(parts, sizes), scales;
  for (const LinearPart& part : parts) {
    std::vector<float> values = values_of(part.weight);
    for (std::size_t i = 0; !factors.empty() && i < values.size(); ++i) values[i] *= factors[i % inputs];
    for (std::size_t at = 0; at < values.size(); at += inputs)
      scales.push_back(append_int8(std::span(values).subspan(at, inputs), pitch, weights.bytes));
  }
  weights.bytes.resize(padded(outputs) * pitch);
  weights.bias_at = append_floats(bias_of(parts), weights.bytes);
  weights.scales_at = append_floats(scales, weights.bytes);
  for (float& factor : factors) factor = 1.0f / factor;  // the inputs are divided by the factors
  if (!factors.empty()) weights.factors_at = append_floats(factors, weights.bytes);
  return weights;
}

}  // namespace rappel::cuda
