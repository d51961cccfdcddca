// The stages of a query that score its candidates again: ColBERT (colbert.h) and the reranker (rerank.h).
#pragma once

#include <span>

#include "base/status.h"
#include "retrieve/query_call.h"

namespace rappel {

// Orders the candidates of queries whose mode has ColBERT as a signal. Errors of the embedder.
Status rescore_by_colbert(const QueryCall& call, std::span<QueryWork> all);

// Reranks all queries that ask for it by one call of the reranker, each as deep as its budgets allow
// (rerank_pace.h): RERANK_BUDGET_MS is the reranker's own and leaves it one candidate at least,
// LATENCY_BUDGET is the whole query's and may leave it none. A failing reranker leaves the order as it is,
// and is logged.
void rerank_candidates(const QueryCall& call, std::span<QueryWork> all);

}  // namespace rappel
