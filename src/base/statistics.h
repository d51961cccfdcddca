// Statistics: what a list of measured values says. Pure functions; the unit is the caller's.
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

// All zero for no values.
Statistics describe(std::span<const double> values);

// The value below which the share `p` (0..1) of `sorted` lies, between two values by straight line: position
// p * (n - 1) (Hyndman and Fan's type 7, numpy's default). 0 for no values.
double percentile(std::span<const double> sorted, double p);

}  // namespace rappel
