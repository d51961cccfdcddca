// Paired randomization test (Fisher): whether two systems differ on the same queries by more than chance.
//
// If they did not differ, each difference could as well have the other sign. The p-value is the share of the
// assignments of signs whose sum is at least as far from 0 as the one that was measured (two-sided). All
// assignments are counted when there are no more of them than `permutations`; otherwise as many are drawn,
// and the measured one counts as a further one, so p is never 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rappel {

struct PairedTestOptions {
  std::size_t permutations = 10'000;
  std::uint64_t seed = 1;  // the same seed gives the same p on every machine
};

struct PairedComparison {
  double difference = 0;  // mean of b minus mean of a
  double p = 1;
  bool exact = true;
  std::size_t won = 0, tied = 0, lost = 0;  // queries, by b
};

// a[i] and b[i] are the values of the same query. Values that differ by rounding alone are equal.
PairedComparison compare_pairs(std::span<const double> a, std::span<const double> b,
                               const PairedTestOptions& options = {});

}  // namespace rappel
