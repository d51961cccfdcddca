// The candidates of one query with all that fusion (fusion.h) needs to order them: found by every signal of
// the mode, scored by each, and not ordered yet.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/candidates.h"
#include "retrieve/fusion.h"
#include "retrieve/query.h"

namespace rappel {

struct Gathered {
  std::vector<SignalScale> scales;
  std::vector<Candidate> candidates;  // candidate.signals[i] is by scales[i]; without their chunks
  std::vector<double> milliseconds;   // that each signal took to search and to score
};

// The signals that search for the query in this mode. `weights`: those of the embedding's tokens. Refers to
// what the caller owns. Errors as usable_signals().
Result<std::vector<UsedSignal>> signals_for(const QueryInput& query, SearchMode mode,
                                            const Embedding& embedding, std::span<const TokenWeight> weights,
                                            const StoreInfo& store);

// `depth`: hits of each signal. parts.options.weights have no influence. Errors of embedder and store.
Result<Gathered> gather_candidates(const QueryParts& parts, StoreReader& reader, const QueryInput& query,
                                   const Embedding& embedding, std::size_t depth, const CallContext& call);

}  // namespace rappel
