#include "retrieve/query_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "embed/embedder.h"
#include "retrieve/answer_shape.h"
#include "retrieve/diversity.h"
#include "retrieve/presentation.h"
#include "retrieve/read_queries.h"
#include "retrieve/section_results.h"

namespace rappel {
namespace {

ResultUnit unit_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.unit.value_or(options.unit);
}

bool merges_chunks(const QueryInput& query, const RetrievalOptions& options) {
  return unit_of(query, options) == ResultUnit::kSection || query.shape.neighbors > 0;
}

bool has_colbert(SearchMode mode) { return mode == SearchMode::kBgeM3; }

std::size_t pool_of(const QueryPlan& plan, const AnswerShape& shape) {
  const std::size_t diverse = shape.diversity ? plan.top_k * kCandidatesForADiverseResult : 0;
  return std::max({plan.depth, plan.wanted, diverse});
}

std::size_t hits_of(const QueryPlan& plan, const AnswerShape& shape) {
  const bool shares = plan.merges && !shape.collapse;  // several candidates may be in one result
  return shares ? plan.pool * hits_for_a_section(shape.neighbors) : plan.pool;
}

}  // namespace

Status check_queries(const QueryCall& call) {
  const RetrievalOptions& options = call.parts.options;
  for (const QueryInput& query : call.queries) {
    if (const std::size_t k = query.top_k.value_or(1); k < 1 || k > options.max_top_k)
      return Status(Code::kInvalidArgument, fmt::format("top_k must be between 1 and {}", options.max_top_k));
    RAPPEL_TRY(check_shape(query.shape, unit_of(query, options)));
  }
  return {};
}

Status check_units(const QueryCall& call) {
  const StoreInfo store = call.parts.store.info();
  const auto merges = [&](const QueryInput& query) { return merges_chunks(query, call.parts.options); };
  if (store.neighbors || std::none_of(call.queries.begin(), call.queries.end(), merges)) return {};
  return Status(Code::kUnsupported,
                fmt::format("the {} store cannot return sections or neighbors, because it "
                            "cannot read the chunks beside a chunk; ask for chunks "
                            "(RAPPEL_RETURN)",
                            store.kind));
}

QueryPlan plan_of(const QueryParts& parts, const QueryInput& query) {
  QueryPlan plan;
  plan.top_k = query.top_k.value_or(parts.options.default_top_k);
  plan.wanted = starts_pages(query) ? std::max(plan.top_k, kPagedResults) : plan.top_k;
  plan.merges = merges_chunks(query, parts.options);
  plan.reranks = parts.reranker != nullptr && asks_for_reranking(query, parts.options);
  plan.uses_colbert = has_colbert(mode_of(query, parts.options)) && colbert_lack(parts, query).empty();
  const bool reads_more = plan.reranks || plan.uses_colbert;
  plan.depth = reads_more ? std::max(plan.top_k, parts.options.rerank_candidates) : plan.top_k;
  plan.pool = pool_of(plan, query.shape);
  plan.hits = hits_of(plan, query.shape);
  return plan;
}

SearchMode mode_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.mode.value_or(options.mode);
}

std::string_view colbert_lack(const QueryParts& parts, const QueryInput& query) {
  if (!has_colbert(mode_of(query, parts.options))) return "";
  if (!parts.embedder.has_colbert()) return "the model has no ColBERT head";
  return has_only_conditions(query) ? "the query has no words" : "";
}

bool asks_for_reranking(const QueryInput& query, const RetrievalOptions& options) {
  return !has_only_conditions(query) && query.rerank.value_or(options.rerank);
}

}  // namespace rappel
