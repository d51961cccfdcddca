#include "retrieve/scales.h"

#include <algorithm>
#include <cmath>

namespace rappel {
namespace {

// The model's own scale counts like so many chunks of the store.
constexpr double kChunksOfModel = 16;
constexpr double kPartOfRelated = 0.4;

// The best of n normally distributed numbers lies at about sqrt(2 ln n) standard deviations. The best cosine
// of a store counts fully at the `kSure`-fold of that, and not at all below the `kUnsure`-fold.
constexpr double kUnsure = 0.5, kSure = 0.8;
constexpr double kLeastChunks = 10;

// The separation of a language that the model does not know, and of one that it knows well.
constexpr double kUnknown = 0.5, kKnown = 2;
// The distance of related texts is at least so many standard deviations of unrelated ones.
constexpr double kLeastSeparation = 3;

double share(double value, double none, double all) {
  return std::clamp((value - none) / (all - none), 0.0, 1.0);
}

double best_of(std::span<const Candidate> candidates, std::size_t signal) {
  double best = 0;
  for (const Candidate& candidate : candidates) best = std::max(best, candidate.signals[signal].score);
  return best;
}

Result<SignalScale> scale_of(StoreReader& reader, const SearchSignal& signal, const SimilarityScale& model,
                             double best) {
  if (std::holds_alternative<DenseSignal>(signal)) {
    RAPPEL_ASSIGN(const auto sample, reader.sample(signal));
    return dense_scale(model, sample.value_or(ScoreSample()), best);
  }
  if (const auto* const sparse = std::get_if<SparseSignal>(&signal)) {
    SignalScale scale{.kind = SignalKind::kSparse, .full = 0};
    for (const TokenWeight& token : sparse->weights) scale.full += double{token.weight} * token.weight;
    return scale;
  }
  if (std::holds_alternative<MatchSignal>(signal)) return SignalScale{.kind = SignalKind::kMatch};
  RAPPEL_ASSIGN(const auto most, reader.best_score(signal));
  return SignalScale{.kind = SignalKind::kLexical, .full = most.value_or(best)};
}

}  // namespace

SignalScale dense_scale(const SimilarityScale& model, const ScoreSample& sample, double best) {
  const double chunks = double(sample.chunks);
  const double of_model = kChunksOfModel * (1 - chunks / double(StoreReader::kSampleChunks));
  const double floor = (chunks * sample.mean + of_model * model.unrelated) / (chunks + of_model);
  const double deviation = (chunks * sample.deviation + of_model * model.deviation) / (chunks + of_model);
  const double expected = std::sqrt(2 * std::log(std::max(double(sample.of), kLeastChunks)));
  const double standing_out = (best - floor) / deviation / expected;
  return {.kind = SignalKind::kDense,
          .floor = floor,
          .full = floor + std::max(model.related - model.unrelated, kLeastSeparation * model.deviation) /
                              kPartOfRelated,
          .confidence = share(standing_out, kUnsure, kSure) * share(model.separation(), kUnknown, kKnown),
          .knows_language = model.separation() >= kKnown};
}

Result<std::vector<SignalScale>> scales_of(StoreReader& reader, std::span<const UsedSignal> signals,
                                           const SimilarityScale& model,
                                           std::span<const Candidate> candidates) {
  std::vector<SignalScale> scales;
  for (std::size_t s = 0; s < signals.size(); ++s) {
    RAPPEL_ASSIGN(const SignalScale scale,
                  scale_of(reader, signals[s].search, model, best_of(candidates, s)));
    scales.push_back(scale);
  }
  return scales;
}

}  // namespace rappel
