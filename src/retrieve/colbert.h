// ColBERT: candidates scored by late interaction (Khattab and Zaharia 2020), with BGE-M3's vectors of tokens.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "retrieve/types.h"

namespace rappel {

class Embedder;

// MaxSim as FlagEmbedding: the mean over the query's rows of the greatest dot product with a row of the
// passage. Both are row-major, `dimension` values a row. 0 without rows.
double max_sim(std::span<const float> query, std::span<const float> passage, std::size_t dimension);

// The weighted mean that FlagEmbedding's compute_score() calls colbert+sparse+dense, with the weights of the
// model card: 0.4 dense, 0.2 sparse, 0.4 ColBERT.
double bge_m3_sum(double dense, double sparse, double colbert);

// The MaxSim of each passage, in order: the query and the passages are embedded by one call each. The model
// has the head. Errors of the embedder.
Result<std::vector<double>> colbert_scores(Embedder& embedder, const std::string& query,
                                           std::span<const std::string> passages, const CallContext& call);

// Orders the first `depth` candidates, which have their chunks, by bge_m3_sum(); candidate.signals[i] is of
// kinds[i]. Later ones keep their places. Scores stay relevances that fall with the order. An error changes
// nothing.
Status rescore_bge_m3(Embedder& embedder, const std::string& query, std::span<const SignalKind> kinds,
                      std::size_t depth, std::vector<Candidate>& candidates, const CallContext& call);

}  // namespace rappel
