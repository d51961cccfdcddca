#include "retrieve/query_rerank.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/fault_id.h"
#include "base/log.h"
#include "retrieve/colbert.h"
#include "retrieve/query_language.h"
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

// Candidates that one of `queries`, which share the time, may read.
std::size_t fitting(const QueryParts& parts, double milliseconds, std::size_t queries) {
  return parts.pace == nullptr ? kMaxReranked : parts.pace->fitting(milliseconds) / queries;
}

// The same in what is left of a latency budget.
std::size_t fitting_into_rest(const QueryCall& call, double latency_budget, std::size_t queries) {
  const double left = latency_budget - (call.now() - call.begin);
  if (left <= 0) return 0;
  const std::size_t candidates = fitting(call.parts, left, queries);
  if (candidates == 0) call.parts.pace->left_out();
  return candidates;
}

// The same within both budgets of the query. 0: reranking would be too late.
std::size_t in_time(const QueryCall& call, const QueryInput& query, std::size_t queries) {
  const RetrievalOptions& options = call.parts.options;
  std::size_t most = kMaxReranked;
  if (const double budget = query.rerank_budget.value_or(options.rerank_budget); budget > 0)
    most = std::max<std::size_t>(fitting(call.parts, budget, queries), 1);
  if (const double budget = query.latency_budget.value_or(options.latency_budget); budget > 0)
    most = std::min(most, fitting_into_rest(call, budget, queries));
  return most;
}

// A query as the reranker would read it without a bound of time; nothing: it should not.
std::optional<RerankTask> task_of(const QueryParts& parts, QueryWork& work) {
  const RerankerDescription description = parts.reranker->description();
  const std::size_t most = description.depth > 0 ? std::min(description.depth, kMaxReranked) : kMaxReranked;
  if (work.candidates.empty() || !work.plan.reranks) return std::nullopt;
  const std::string_view language =
      description.languages.empty() ? "" : query_language(work.query->text, work.candidates);
  const double weight = rerank_weight(description, parts.options.rerank_mode, language);
  if (weight == 0) return std::nullopt;
  const std::size_t depth = std::min({work.query->rerank_depth.value_or(most), most, deepest(work)});
  return RerankTask{work.query->text, &work.candidates, depth, weight};
}

RerankBatch batch_of(const QueryCall& call, std::span<QueryWork> all) {
  std::vector<std::optional<RerankTask>> tasks;
  for (QueryWork& work : all) tasks.push_back(task_of(call.parts, work));
  const auto queries = static_cast<std::size_t>(
      std::count_if(tasks.begin(), tasks.end(), [](const auto& task) { return task.has_value(); }));
  RerankBatch batch;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!tasks[i]) continue;
    const std::size_t most = in_time(call, *all[i].query, queries);
    all[i].rerank_lacking = all[i].rerank_late = most == 0;
    const std::size_t wanted = std::min(tasks[i]->depth, all[i].candidates.size());
    all[i].rerank_unread = wanted - std::min(wanted, most);
    if (all[i].explanation) all[i].explanation->rerank_weight = tasks[i]->weight;
    if (most == 0) continue;
    tasks[i]->depth = std::min(tasks[i]->depth, most);
    all[i].rerank_read = std::min(wanted, most);
    batch.read += all[i].rerank_read;
    batch.tasks.push_back(*std::move(tasks[i]));
    batch.works.push_back(&all[i]);
  }
  return batch;
}

// The time is shared out by the number of candidates that were read.
void note_outcome(const RerankBatch& batch, bool ok, double milliseconds) {
  for (std::size_t i = 0; i < batch.works.size(); ++i) {
    QueryWork& work = *batch.works[i];
    work.times.rerank =
        milliseconds * static_cast<double>(work.rerank_read) / static_cast<double>(batch.read);
    work.reranked = ok;
    work.rerank_lacking = !ok;
    if (ok) continue;
    work.rerank_read = 0;
    if (work.explanation) work.explanation->rerank_weight = 0;
  }
}

}  // namespace

Status rescore_by_colbert(const QueryCall& call, std::span<QueryWork> all) {
  for (QueryWork& work : all) {
    if (!work.plan.uses_colbert) continue;
    Stopwatch watch(call.parts);
    RAPPEL_TRY(rescore_bge_m3(call.parts.embedder, work.tokens, work.kinds, work.plan.depth, work.candidates,
                              call.context));
    work.times.colbert += watch.lap();
  }
  return {};
}

void rerank_candidates(const QueryCall& call, std::span<QueryWork> all) {
  const QueryParts& parts = call.parts;
  if (parts.reranker == nullptr) {
    for (QueryWork& work : all) work.rerank_lacking = asks_for_reranking(*work.query, parts.options);
    return;
  }
  const RerankBatch batch = batch_of(call, all);
  if (batch.read == 0) return;
  Stopwatch watch(parts);
  const Status status = rerank(*parts.reranker, batch.tasks, call.context);
  const double milliseconds = watch.lap();
  if (status.ok() && parts.pace != nullptr) parts.pace->measured(batch.read, milliseconds);
  if (!status.ok() && status.code() != Code::kCancelled && parts.logger != nullptr)
    parts.logger->warn("reranking failed, the first stage's order is returned: {}{}", status.to_string(),
                       fault_mark("reranker-failing"));
  note_outcome(batch, status.ok(), milliseconds);
}

}  // namespace rappel
