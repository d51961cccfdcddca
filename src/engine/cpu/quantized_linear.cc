#include "engine/cpu/quantized_linear.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <vector>

#include "engine/cpu/weight_rows.h"
#include "engine/outliers.h"

namespace rappel::cpu {
namespace {

std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

std::uint16_t to_bf16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// Quantization step of a group of weights.
float step_of(const float* weights, std::size_t count, const Product& product) {
  float largest = 0, together = 0;
  double sum = 0;
  for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::abs(weights[k]));
  if (product.format == Format::kInt16) {
    for (std::size_t k = 0; k < count; ++k) sum += static_cast<double>(std::abs(weights[k]));
    return std::max(largest / 4095.0f, static_cast<float>(sum / kInt16Limit));
  }
  if (!product.paired) return largest / 127.0f;
  // Inputs 0, 1 of a step share a 16-bit sum with inputs 0, 1 of the next step; likewise 2, 3. Rounding may
  // add half a step to each of the four.
  for (std::size_t k = 0; k < count; ++k) {
    if (k % 2 != 0 || k % 8 >= 4) continue;
    float four = 0;
    for (const std::size_t i : {k, k + 1, k + 4, k + 5}) four += i < count ? std::abs(weights[i]) : 0.0f;
    together = std::max(together, four);
  }
  return std::max(largest / 127.0f, together / static_cast<float>(kPairedLimit - 2));
}

class Quantizer {
 public:
  Quantizer(QuantizedLinear& linear, std::size_t inputs) : linear_(linear), inputs_(inputs) {}

  // `rows`: the weights of a panel's columns, [column][inputs].
  void panel(const float* rows, std::size_t panel) {
    for (std::size_t column = 0; column < kPanel; ++column)
      for (std::size_t begin = 0; begin < inputs_; begin += kGroup)
        group(rows + column * inputs_ + begin, panel, column, begin);
  }

 private:
  void group(const float* from, std::size_t panel, std::size_t column, std::size_t begin) {
    const std::size_t count = std::min(kGroup, inputs_ - begin);
    const Product& product = *linear_.product;
    if (product.format == Format::kBf16) {
      for (std::size_t k = 0; k < count; ++k) put(panel, column, begin + k, to_bf16(from[k]));
      return;
    }
    const float step = step_of(from, count, product);
    const float factor = step > 1e-30f ? 1.0f / step : 0.0f;
    const int most = product.format == Format::kInt8 ? 127 : 4095;
    int sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const int value = std::clamp(static_cast<int>(std::nearbyint(from[k] * factor)), -most, most);
      if (product.format == Format::kInt8)
        put(panel, column, begin + k, static_cast<std::int8_t>(value));
      else
        put(panel, column, begin + k, static_cast<std::int16_t>(value));
      sum += value;
    }
    const std::size_t at = begin / kGroup * linear_.columns() + panel * kPanel + column;
    linear_.scales.data()[at] = factor > 0 ? step : 0.0f;
    linear_.sums.data()[at] = product.format == Format::kInt8 ? static_cast<float>(sum) : 0.0f;
  }

  template <class T>
  void put(std::size_t panel, std::size_t column, std::size_t k, T value) {
    constexpr std::size_t kPerStep = 4 / sizeof(T);
    auto* weights = reinterpret_cast<std::byte*>(linear_.weights.data());
    const std::size_t step = panel * linear_.padded_inputs() / kPerStep + k / kPerStep;
    std::memcpy(weights + step * kStepBytes + (column * kPerStep + k % kPerStep) * sizeof(T), &value,
                sizeof value);
  }

  QuantizedLinear& linear_;
  std::size_t inputs_;
};

// outlier_factors() of these weights.
std::vector<float> factors_of(std::span<const float> sizes, const WeightRows& rows, ThreadPool& pool) {
  if (!has_outliers(sizes)) return {};
  const std::size_t inputs = sizes.size();
  std::vector<float> largest(inputs);  // weight of each input
  std::atomic<std::size_t> next{0};
  std::mutex merge;
  pool.run([&](Lane&) {
    std::vector<float> row(inputs), mine(inputs);
    for (std::size_t output; (output = next.fetch_add(1)) < rows.outputs();) {
      rows.copy(output, 1, row.data(), inputs);
      for (std::size_t k = 0; k < inputs; ++k) mine[k] = std::max(mine[k], std::abs(row[k]));
    }
    std::lock_guard lock(merge);
    for (std::size_t k = 0; k < inputs; ++k) largest[k] = std::max(largest[k], mine[k]);
  });
  return outlier_factors(sizes, largest);
}

}  // namespace

std::size_t QuantizedLinear::padded_inputs() const {
  return round_up(static_cast<std::size_t>(inputs()), kInputAlign);
}

QuantizedRows::QuantizedRows(Format format, std::size_t inputs)
    // Avoid a stride that is a power of two, as in Matrix.
    : stride(round_up(inputs, kInputAlign) * element_bytes(format) + 64),
      scales_stride(2 * ((inputs + kGroup - 1) / kGroup)) {}

Result<std::unique_ptr<QuantizedLinear>> quantize_linear(std::span<const LinearPart> parts,
                                                         const Product& product, std::span<const float> sizes,
                                                         ThreadPool& pool, MemoryBudget* budget) {
  const WeightRows rows(parts);
  const std::size_t inputs = rows.inputs(), groups = (inputs + kGroup - 1) / kGroup;
  auto linear = std::make_unique<QuantizedLinear>(static_cast<int>(inputs), static_cast<int>(rows.outputs()),
                                                  product, budget);
  linear->panels = (rows.outputs() + kPanel - 1) / kPanel;
  const std::size_t columns = linear->columns();
  const bool scaled = product.format != Format::kBf16;
  const std::vector<float> grow = scaled ? factors_of(sizes, rows, pool) : std::vector<float>();
  if (!linear->weights.allocate(columns * linear->padded_inputs() * element_bytes(product.format) /
                                sizeof(float)) ||
      !linear->scales.allocate(scaled ? groups * columns : 0) ||
      !linear->sums.allocate(scaled ? groups * columns : 0) || !linear->bias.allocate(columns) ||
      !linear->shrink.allocate(round_up(grow.size(), kRowAlign)))
    return Status(Code::kResourceExhausted, "no memory for the weights of " + parts[0].weight.name);
  rows.copy_bias(linear->bias.data());
  for (std::size_t k = 0; k < grow.size(); ++k) linear->shrink.data()[k] = 1.0f / grow[k];
  std::atomic<std::size_t> next{0};
  pool.run([&](Lane&) {
    std::vector<float> panel_rows(kPanel * inputs);
    Quantizer quantizer(*linear, inputs);
    for (std::size_t panel; (panel = next.fetch_add(1)) < linear->panels;) {
      rows.copy(panel * kPanel, kPanel, panel_rows.data(), inputs);
      for (std::size_t i = 0; !grow.empty() && i < panel_rows.size(); ++i) panel_rows[i] *= grow[i % inputs];
      quantizer.panel(panel_rows.data(), panel);
    }
  });
  return linear;
}

}  // namespace rappel::cpu
