// Descriptive statistics of measured values. Pure functions; the caller chooses the unit.
#pragma once

#include <cstddef>
#include <span>

namespace rappel {

struct Statistics {
  std::size_t count = 0;
  double mean = 0;
  double median = 0;
  double deviation = 0;  // standard deviation of a sample (n - 1); 0 for fewer than two values
  double min = 0;
  double max = 0;
  double p95 = 0;
};

// All fields are 0 if there are no values.
Statistics describe(std::span<const double> values);

// The p-quantile (p in 0..1) of `sorted` with linear interpolation at position p * (n - 1): type 7 of Hyndman
// and Fan, the default of numpy. 0 if there are no values.
double percentile(std::span<const double> sorted, double p);

}  // namespace rappel
