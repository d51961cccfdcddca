#include "retrieve/query_rerank.h"

#include <algorithm>
#include <vector>

#include "base/fault_id.h"
#include "base/log.h"
#include "retrieve/colbert.h"
#include "retrieve/query_plan.h"
#include "retrieve/rerank.h"

namespace rappel {
namespace {

// The part of a request that the reranker reads.
struct RerankBatch {
  std::vector<RerankTask> tasks;
  std::vector<QueryWork*> works;  // of the tasks
  std::size_t read = 0;           // candidates of all tasks
};

// Candidates of the query that may be read: not all of those that wait for further pages or make the answer
// diverse.
std::size_t deepest(const QueryWork& work) {
  const bool only_results = work.plan.wanted == work.plan.top_k && !work.query->shape.diversity;
  return only_results ? kMaxReranked : work.plan.depth;
}

double budget_of(const QueryWork& work, const RetrievalOptions& options) {
  return work.query->rerank_budget.value_or(options.rerank_budget);
}

// Cuts the tasks to what is expected to fit. They share the time.
void fit_to_budget(const QueryParts& parts, RerankBatch& batch) {
  for (std::size_t i = 0; i < batch.tasks.size(); ++i) {
    RerankTask& task = batch.tasks[i];
    QueryWork& work = *batch.works[i];
    if (parts.pace != nullptr) {
      const std::size_t fitting = parts.pace->fitting(budget_of(work, parts.options)) / batch.tasks.size();
      task.depth = std::min(task.depth, std::max<std::size_t>(fitting, 1));
    }
    work.rerank_read = std::min(task.depth, work.candidates.size());
    batch.read += work.rerank_read;
  }
}

RerankBatch batch_of(const QueryParts& parts, std::span<QueryWork> all) {
  const RerankerDescription description = parts.reranker->description();
  const std::size_t most = description.depth > 0 ? std::min(description.depth, kMaxReranked) : kMaxReranked;
  RerankBatch batch;
  for (QueryWork& work : all) {
    const QueryInput& query = *work.query;
    if (work.candidates.empty() || !work.plan.reranks) continue;
    const double weight = rerank_weight(description, parts.options.rerank_mode, query.text);
    if (weight == 0) continue;
    batch.tasks.push_back({query.text, &work.candidates,
                           std::min({query.rerank_depth.value_or(most), most, deepest(work)}), weight});
    batch.works.push_back(&work);
  }
  fit_to_budget(parts, batch);
  return batch;
}

// The time is shared out by the number of candidates that were read.
void note_outcome(const RerankBatch& batch, bool ok, double milliseconds) {
  for (std::size_t i = 0; i < batch.works.size(); ++i) {
    QueryWork& work = *batch.works[i];
    work.timings.rerank =
        milliseconds * static_cast<double>(work.rerank_read) / static_cast<double>(batch.read);
    work.reranked = ok;
    work.rerank_lacking = !ok;
    if (!ok) work.rerank_read = 0;
    if (work.explanation) work.explanation->rerank_weight = ok ? batch.tasks[i].weight : 0;
  }
}

}  // namespace

Status rescore_by_colbert(const QueryCall& call, std::span<QueryWork> all) {
  for (QueryWork& work : all)
    if (work.plan.uses_colbert)
      RAPPEL_TRY(rescore_bge_m3(call.parts.embedder, work.query->text, work.kinds, work.plan.depth,
                                work.candidates, call.context));
  return {};
}

void rerank_candidates(const QueryCall& call, std::span<QueryWork> all) {
  const QueryParts& parts = call.parts;
  if (parts.reranker == nullptr) {
    for (QueryWork& work : all) work.rerank_lacking = asks_for_reranking(*work.query, parts.options);
    return;
  }
  const RerankBatch batch = batch_of(parts, all);
  if (batch.read == 0) return;
  Stopwatch watch(call);
  const Status status = rerank(*parts.reranker, batch.tasks, call.context);
  const double milliseconds = watch.lap();
  if (status.ok() && parts.pace != nullptr) parts.pace->measured(batch.read, milliseconds);
  if (!status.ok() && status.code() != Code::kCancelled && parts.logger != nullptr)
    parts.logger->warn("reranking failed, the first stage's order is returned: {}{}", status.to_string(),
                       fault_mark("reranker-failing"));
  note_outcome(batch, status.ok(), milliseconds);
}

}  // namespace rappel
