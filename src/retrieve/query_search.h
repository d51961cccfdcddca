// The first stages of a query, those that read the store: candidates, fusion, and what the later stages need
// of the chunks.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "embed/embedder.h"
#include "retrieve/query_call.h"
#include "store/snapshot_store.h"

namespace rappel {

// One embedding for each query, empty if the mode of none uses it: the model is not asked then.
Result<std::vector<Embedding>> embed_queries(const QueryCall& call);

// Vectors of the tokens of each query that ColBERT scores, by one call of the model; empty for the others.
using QueryTokens = std::vector<std::vector<float>>;
Result<QueryTokens> embed_tokens(const QueryCall& call);

// One QueryWork for each query, in order. Candidates whose vectors of tokens the store keeps are scored by
// ColBERT, too. kResourceExhausted for results beyond the bounds of
// `context.memory`, kCancelled, errors of store and embedder.
Result<std::vector<QueryWork>> search_candidates(const QueryCall& call, StoreReader& reader,
                                                 std::span<const Embedding> embeddings, QueryTokens tokens);

}  // namespace rappel
