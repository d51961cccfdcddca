// Histogram: counts of values by upper bound, as Prometheus histograms have them. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/metrics_text.h"

namespace rappel {

class Histogram {
 public:
  static constexpr std::size_t kMostBounds = 20;

  // Upper bounds, inclusive, ascending, at most kMostBounds; they must outlive the histogram.
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds) {}

  void add(double value);
  // The samples of one histogram of the family that was started last.
  void write(MetricsText& out, const MetricsText::Labels& labels) const;

 private:
  std::span<const double> bounds_;
  std::array<std::uint64_t, kMostBounds + 1> counts_{};  // the one after the bounds: larger than all of them
  double sum_ = 0;
};

}  // namespace rappel
