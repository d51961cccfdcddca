#include "eval/randomization.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "base/check.h"

namespace rappel {
namespace {

constexpr double kRounding = 1e-12;  // of metrics, which are between 0 and 1

// A bit of `signs` for each difference.
double signed_sum(std::span<const double> differences, std::uint64_t signs) {
  double sum = 0;
  for (const double difference : differences) {
    sum += (signs & 1) != 0 ? -difference : difference;
    signs >>= 1;
  }
  return sum;
}

double exact_p(std::span<const double> differences, double bar) {
  const std::uint64_t all = std::uint64_t{1} << differences.size();
  std::uint64_t extreme = 0;
  for (std::uint64_t signs = 0; signs < all; ++signs)
    if (std::abs(signed_sum(differences, signs)) >= bar) ++extreme;
  return static_cast<double>(extreme) / static_cast<double>(all);
}

double sampled_p(std::span<const double> differences, double bar, const PairedTestOptions& options) {
  constexpr std::size_t kBits = 64;
  std::mt19937_64 random(options.seed);
  std::size_t extreme = 0;
  for (std::size_t i = 0; i < options.permutations; ++i) {
    double sum = 0;
    for (std::size_t begin = 0; begin < differences.size(); begin += kBits)
      sum += signed_sum(differences.subspan(begin, std::min(kBits, differences.size() - begin)), random());
    if (std::abs(sum) >= bar) ++extreme;
  }
  return static_cast<double>(extreme + 1) / static_cast<double>(options.permutations + 1);
}

}  // namespace

PairedComparison compare_pairs(std::span<const double> a, std::span<const double> b,
                               const PairedTestOptions& options) {
  RAPPEL_CHECK(a.size() == b.size(), "the values are those of the same queries");
  PairedComparison result;
  std::vector<double> differences;  // without ties, which no sign changes
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = b[i] - a[i];
    if (std::abs(difference) <= kRounding) {
      ++result.tied;
      continue;
    }
    ++(difference > 0 ? result.won : result.lost);
    differences.push_back(difference);
    sum += difference;
  }
  if (differences.empty()) return result;
  result.difference = sum / static_cast<double>(a.size());
  const double bar = std::abs(sum) - kRounding * static_cast<double>(differences.size());
  result.exact = differences.size() < 63 && (std::uint64_t{1} << differences.size()) <= options.permutations;
  result.p = result.exact ? exact_p(differences, bar) : sampled_p(differences, bar, options);
  return result;
}

}  // namespace rappel
