// Outliers among the inputs of a linear layer with 8-bit weights: by which factor such an input is divided
// before it is rounded, and its weights multiplied - in exact numbers nothing changes.
#pragma once

#include <span>
#include <vector>

namespace rappel {

// An outlier is larger than this times the median.
constexpr float kOutlier = 4.0f;

// `sizes` of the inputs (Device::upload_linear), empty = all alike.
bool has_outliers(std::span<const float> sizes);

// The factor of each input: 1 but for outliers. `largest` is each input's largest weight, as absolute value.
// Empty when no input is an outlier.
std::vector<float> outlier_factors(std::span<const float> sizes, std::span<const float> largest);

}  // namespace rappel
