// Fusion: the scores of several signals as one order. Pure functions.
//
// The scores of a signal are put on an absolute scale from 0 to 1, which does not depend on the other
// candidates: so two queries compare, and more results do not change the first ones. Measured in
// docs/retrieval.md.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieve/modes.h"
#include "retrieve/weights.h"

namespace rappel {

struct Candidate;

// The scores of one signal for one query: a score of `floor` is 0 on the absolute scale, `full` is 1.
struct SignalScale {
  SignalKind kind = SignalKind::kDense;
  double floor = 0;
  double full = 1;
  double confidence = 1;        // 0..1: how far the best hits stand out from the rest of the store
  bool knows_language = false;  // dense: the model knows the query's language
};

// Linear, and not bounded, so that the order stays.
double absolute_part(const SignalScale& scale, double score);

// The weight of each signal, in the order of `scales`; their sum is 1.
std::vector<double> weights_of(std::span<const SignalScale> scales, const FusionWeights& weights);

// Orders the candidates by the mode, best first; equal ones keep their order. candidate.signals[i] is by
// scales[i]. Writes the parts, the place, and the relevance of each as its score; a result never has a higher
// score than one before it.
void fuse(SearchMode mode, std::span<const SignalScale> scales, const FusionWeights& weights,
          std::vector<Candidate>& candidates);

}  // namespace rappel
