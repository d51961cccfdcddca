// Activation outliers of a linear layer with 8-bit weights. As in SmoothQuant, an outlier input is divided by
// a factor before quantization and its weights are multiplied by it, which does not change the exact product.
#pragma once

#include <span>
#include <vector>

namespace rappel {

// An input is an outlier if its size exceeds this times the median.
constexpr float kOutlier = 4.0f;

// `sizes` of the inputs (Device::upload_linear), empty = all equal.
bool has_outliers(std::span<const float> sizes);

// The factor of each input, 1 except for outliers. `largest` is the largest absolute weight of each input.
// Empty if no input is an outlier.
std::vector<float> outlier_factors(std::span<const float> sizes, std::span<const float> largest);

}  // namespace rappel
