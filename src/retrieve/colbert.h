// ColBERT: candidates scored by late interaction (Khattab and Zaharia 2020), with BGE-M3's vectors of tokens.
// Those of chunks are read from the store where it keeps them (EMBEDDING_COLBERT=store), and computed
// otherwise.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

class Embedder;

// MaxSim as FlagEmbedding: the mean over the query's rows of the greatest dot product with a row of the
// passage. Both are row-major, `dimension` values a row. 0 without rows.
double max_sim(std::span<const float> query, std::span<const float> passage, std::size_t dimension);
// The same for a passage of 8-bit rows, of the query's dimension.
double max_sim(std::span<const float> query, const TokenVectors& passage);

// The weighted mean that FlagEmbedding's compute_score() calls colbert+sparse+dense, with the weights of the
// model card: 0.4 dense, 0.2 sparse, 0.4 ColBERT.
double bge_m3_sum(double dense, double sparse, double colbert);

// The vectors of each query's tokens, row-major, by one call. The model has the head. Errors of the embedder.
Result<std::vector<std::vector<float>>> embed_query_tokens(Embedder& embedder,
                                                           std::span<const std::string> queries,
                                                           const CallContext& call);

// The MaxSim of each passage, in order, with vectors that are computed by one call. Errors of the embedder.
Result<std::vector<double>> colbert_scores(Embedder& embedder, std::span<const float> query,
                                           std::span<const std::string> passages, const CallContext& call);

// Writes the MaxSim of the candidates whose vectors the store keeps, `dimension` values a row. The reader is
// the one that found them; few of its rows are in memory at once. Errors of the reader.
Status score_stored_tokens(StoreReader& reader, std::span<const float> query, std::size_t dimension,
                           std::span<Candidate> candidates);

// Orders the first `depth` candidates, which have their chunks, by bge_m3_sum(), after it has computed the
// MaxSim of those that have none; candidate.signals[i] is of kinds[i]. Later ones keep their places. Scores
// stay relevances that fall with the order. An error changes nothing.
Status rescore_bge_m3(Embedder& embedder, std::span<const float> query, std::span<const SignalKind> kinds,
                      std::size_t depth, std::vector<Candidate>& candidates, const CallContext& call);

}  // namespace rappel
