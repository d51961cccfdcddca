#include "retrieve/fusion.h"

#include <algorithm>
#include <numeric>

#include "retrieve/relevance.h"
#include "retrieve/types.h"

namespace rappel {
namespace {

constexpr double kRrfConstant = 10;

// The numbers that a mode orders by, one for each candidate.
using Keys = std::vector<double>;

Keys sums(std::span<const double> weights, std::span<const Candidate> candidates) {
  Keys keys;
  for (const Candidate& candidate : candidates) {
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * candidate.signals[i].part;
    keys.push_back(sum);
  }
  return keys;
}

Keys min_max_sums(std::span<const double> weights, std::span<const Candidate> candidates) {
  Keys keys(candidates.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto by_score = [&](const Candidate& a, const Candidate& b) {
      return a.signals[i].score < b.signals[i].score;
    };
    const auto [least, most] = std::minmax_element(candidates.begin(), candidates.end(), by_score);
    const double floor = least->signals[i].score, range = most->signals[i].score - floor;
    for (std::size_t c = 0; range > 0 && c < candidates.size(); ++c)
      keys[c] += weights[i] * (candidates[c].signals[i].score - floor) / range;
  }
  return keys;
}

Keys reciprocal_ranks(std::span<const Candidate> candidates) {
  Keys keys;
  for (const Candidate& candidate : candidates) {
    double sum = 0;
    for (const SignalScore& signal : candidate.signals)
      if (signal.rank > 0) sum += 1 / (kRrfConstant + static_cast<double>(signal.rank));
    keys.push_back(sum);
  }
  return keys;
}

// FlagEmbedding's compute_score("sparse+dense") with the weights of its README, 0.2 and 0.4.
Keys bge_m3_sums(std::span<const SignalScale> scales, std::span<const Candidate> candidates) {
  Keys keys;
  for (const Candidate& candidate : candidates) {
    double sum = 0, weights = 0;
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const double weight = scales[i].kind == SignalKind::kDense ? 0.4 : 0.2;
      sum += weight * candidate.signals[i].score;
      weights += weight;
    }
    keys.push_back(sum / weights);
  }
  return keys;
}

Keys raw_scores(std::span<const Candidate> candidates) {
  Keys keys;
  for (const Candidate& candidate : candidates) keys.push_back(candidate.signals[0].score);
  return keys;
}

Keys keys_of(SearchMode mode, std::span<const SignalScale> scales, std::span<const double> weights,
             std::span<const Candidate> candidates) {
  if (scales.size() == 1) return raw_scores(candidates);
  switch (mode) {
    case SearchMode::kMinMax: return min_max_sums(weights, candidates);
    case SearchMode::kRrf: return reciprocal_ranks(candidates);
    case SearchMode::kBgeM3: return bge_m3_sums(scales, candidates);
    default: return sums(weights, candidates);
  }
}

double relevance_of(const Candidate& candidate, std::span<const double> weights,
                    const Calibration& calibration) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    sum += weights[i] * std::clamp(candidate.signals[i].part, 0.0, 1.0);
  return relevance(sum, calibration);
}

// A store may have signals that nobody has measured together; they count as the nearest that were.
Calibration calibration_of(std::span<const SignalScale> scales, std::span<const double> weights) {
  double of_dense = 0;
  for (std::size_t i = 0; i < scales.size(); ++i)
    if (scales[i].kind == SignalKind::kDense) of_dense += weights[i];
  if (of_dense == 1) return kDenseAlone;
  const double share = std::min(of_dense / FusionWeights().dense, 1.0);
  return {kWordsAlone.slope + share * (kBoth.slope - kWordsAlone.slope),
          kWordsAlone.middle + share * (kBoth.middle - kWordsAlone.middle)};
}

void sort_by_keys(const Keys& keys, std::vector<Candidate>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return keys[a] > keys[b]; });
  std::vector<Candidate> sorted;
  sorted.reserve(candidates.size());
  for (const std::size_t i : order) sorted.push_back(std::move(candidates[i]));
  candidates = std::move(sorted);
}

}  // namespace

double absolute_part(const SignalScale& scale, double score) {
  const double range = std::max(scale.full - scale.floor, 1e-6);
  return (score - scale.floor) / range;
}

std::vector<double> weights_of(std::span<const SignalScale> scales, const FusionWeights& weights) {
  const auto has = [&](SignalKind kind) {
    return std::any_of(scales.begin(), scales.end(),
                       [&](const SignalScale& scale) { return scale.kind == kind; });
  };
  const bool dense_alone = std::all_of(scales.begin(), scales.end(), [](const SignalScale& scale) {
    return scale.kind == SignalKind::kDense;
  });
  const double sparse = !has(SignalKind::kSparse) ? 0 : has(SignalKind::kLexical) ? weights.sparse : 1;
  double of_dense = dense_alone ? 1 : 0;
  for (const SignalScale& scale : scales)
    if (scale.kind == SignalKind::kDense && !dense_alone) of_dense = weights.dense * scale.confidence;
  std::vector<double> out;
  for (const SignalScale& scale : scales)
    out.push_back(scale.kind == SignalKind::kDense    ? of_dense
                  : scale.kind == SignalKind::kSparse ? (1 - of_dense) * sparse
                                                      : (1 - of_dense) * (1 - sparse));
  return out;
}

void fuse(SearchMode mode, std::span<const SignalScale> scales, const FusionWeights& weights,
          std::vector<Candidate>& candidates) {
  if (candidates.empty()) return;
  const std::vector<double> shares = weights_of(scales, weights);
  for (Candidate& candidate : candidates)
    for (std::size_t i = 0; i < scales.size(); ++i)
      candidate.signals[i].part = absolute_part(scales[i], candidate.signals[i].score);
  sort_by_keys(keys_of(mode, scales, shares, candidates), candidates);
  const Calibration calibration = calibration_of(scales, shares);
  double most = 1;
  std::size_t rank = 0;
  for (Candidate& candidate : candidates) {
    candidate.fused_rank = ++rank;
    candidate.fused_score = candidate.score = most =
        std::min(most, relevance_of(candidate, shares, calibration));
  }
}

}  // namespace rappel
