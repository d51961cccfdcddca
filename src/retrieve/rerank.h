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

// One query with its candidates, which have their chunks.
struct RerankTask {
  std::string query;
  std::vector<Candidate>* candidates = nullptr;
  std::size_t depth = kMaxReranked;  // of them, the first ones are read; at most kMaxReranked
};

// Reranks the candidates of all tasks with one call of the reranker. An error changes nothing.
Status rerank(Reranker& reranker, RerankMode mode, std::span<const RerankTask> tasks,
              const CallContext& call);

// Orders the candidates by `scores` of the first ones (0..1, in their order; not empty). Candidates without a
// score keep their order after these, with their scores scaled below the last reranked one.
void apply_rerank_scores(std::vector<Candidate>& candidates, std::span<const double> scores, RerankMode mode);

}  // namespace rappel
