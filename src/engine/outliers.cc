#include "engine/outliers.h"

#include <algorithm>
#include <cmath>

namespace rappel {
namespace {

float median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

float usual_of(std::span<const float> values) { return median({values.begin(), values.end()}); }

}  // namespace

bool has_outliers(std::span<const float> sizes) {
  if (sizes.empty()) return false;
  const float usual = usual_of(sizes);
  return usual > 0 &&
         std::any_of(sizes.begin(), sizes.end(), [bar = kOutlier * usual](float size) { return size > bar; });
}

// As in SmoothQuant (Xiao et al., 2022) with alpha = 0.5: the rounding error of activations is proportional
// to the largest activation, that of weights to the largest weight. Dividing by the square root of the ratio
// of relative activation size and relative weight size balances both.
std::vector<float> outlier_factors(std::span<const float> sizes, std::span<const float> largest) {
  if (!has_outliers(sizes)) return {};
  const float usual = usual_of(sizes), usual_weight = std::max(usual_of(largest), 1e-30f);
  std::vector<float> factors(sizes.size(), 1.0f);
  for (std::size_t k = 0; k < sizes.size(); ++k)
    if (sizes[k] > kOutlier * usual)
      factors[k] = std::max(
          1.0f, std::sqrt(sizes[k] / usual * usual_weight / std::max(largest[k], 1e-3f * usual_weight)));
  return factors;
}

}  // namespace rappel
