#include "base/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"

namespace rappel {

double percentile(std::span<const double> sorted, double p) {
  RAPPEL_CHECK(p >= 0 && p <= 1, "p is in 0..1");
  if (sorted.empty()) return 0;
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Statistics describe(std::span<const double> values) {
  Statistics all;
  all.count = values.size();
  if (values.empty()) return all;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  all.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
  double squares = 0;
  for (const double value : sorted) squares += (value - all.mean) * (value - all.mean);
  if (sorted.size() > 1) all.deviation = std::sqrt(squares / (count - 1));
  all.min = sorted.front();
  all.max = sorted.back();
  all.median = percentile(sorted, 0.5);
  all.p95 = percentile(sorted, 0.95);
  return all;
}

}  // namespace rappel
