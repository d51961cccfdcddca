// Scales: what the scores of each signal mean for one query in one state of the store (SignalScale), from the
// model's own scale and from chunks that have nothing to do with the query.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "embed/similarity_scale.h"
#include "retrieve/candidates.h"
#include "retrieve/fusion.h"
#include "store/snapshot_store.h"

namespace rappel {

// Dense: 0 is the mean cosine of chunks of the store, which is the model's `unrelated` in a small store. 0.6
// is the model's distance between related and unrelated texts above that.
SignalScale dense_scale(const SimilarityScale& model, const ScoreSample& sample, double best);

// One for each signal. `candidates` are those of the query.
Result<std::vector<SignalScale>> scales_of(StoreReader& reader, std::span<const UsedSignal> signals,
                                           const SimilarityScale& model,
                                           std::span<const Candidate> candidates);

}  // namespace rappel
