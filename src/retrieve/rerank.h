// Reranking: the last stage that scores. A cross-encoder reads the first candidates of each query.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "embed/reranker.h"
#include "retrieve/types.h"

namespace rappel {

// Candidates that the reranker reads of one query. Later ones keep their order after the reranked ones.
inline constexpr std::size_t kMaxReranked = 100;

// The weight of the reranker's scores in those of a query in this language (query_language.h), 0..1. 0: it
// does not read the language, and should not be asked.
double rerank_weight(const RerankerDescription& reranker, RerankMode mode, std::string_view language);

// One query with its candidates, which have their chunks.
struct RerankTask {
  std::string query;
  std::vector<Candidate>* candidates = nullptr;
  std::size_t depth = kMaxReranked;  // of them, the first ones are read; at most kMaxReranked
  double weight = 1;                 // of the reranker's scores, 0..1; 1: they stand alone
};

// Reranks the candidates of all tasks with one call of the reranker. An error changes nothing.
Status rerank(Reranker& reranker, std::span<const RerankTask> tasks, const CallContext& call);

// Orders the candidates by the weighted mean of their scores and of `scores`, which are the reranker's for
// the first ones (0..1, in their order; not empty). Equal ones keep their order. Candidates without a score
// keep their order after these, and have no higher score than they.
void apply_rerank_scores(std::vector<Candidate>& candidates, std::span<const double> scores, double weight);

}  // namespace rappel
