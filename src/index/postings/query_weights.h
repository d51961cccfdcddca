// Weights of a query as integers, so that sums do not depend on the order of additions: every machine and
// every number of threads gives the same scores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rappel {

// A term of a query. A row scores the sum of weight x impact over the terms that it has.
struct WeightedTerm {
  std::uint64_t term = 0;
  float weight = 0;
};

struct IntegerWeight {
  std::uint64_t term = 0;
  std::uint32_t weight = 0;
  friend bool operator==(const IntegerWeight&, const IntegerWeight&) = default;
};

struct QueryWeights {
  std::vector<IntegerWeight> terms;  // each once, by ascending term
  float unit = 1;                    // a power of two: the weight of 1
};

// All integer weights together are at most this, so that a score is below 2^24 and exact as a float.
constexpr std::uint32_t kWeightSum = 65'535;
// A query with more terms keeps the heaviest.
constexpr std::size_t kMostQueryTerms = 16'384;

// Rounds to multiples of the smallest power of two that the sum allows, and to one multiple at least. Terms
// that come several times are added up; terms without a positive, finite weight are left out.
QueryWeights integer_weights(std::span<const WeightedTerm> query);

}  // namespace rappel
