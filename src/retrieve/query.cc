#include "retrieve/query.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/cancelled.h"
#include "retrieve/presentation.h"
#include "retrieve/query_call.h"
#include "retrieve/query_plan.h"
#include "retrieve/query_rerank.h"
#include "retrieve/query_results.h"
#include "retrieve/query_search.h"
#include "retrieve/read_queries.h"

namespace rappel {
namespace {

using Outputs = std::vector<QueryOutput>;

// From embeddings to answers.
Result<Outputs> answer(const QueryCall& call, std::span<const Embedding> embeddings) {
  RAPPEL_TRY(check_units(call));
  RAPPEL_ASSIGN(auto tokens, embed_tokens(call));
  RAPPEL_ASSIGN(auto reader, open_reader(call.parts.store));
  RAPPEL_ASSIGN(auto all, search_candidates(call, *reader, embeddings, std::move(tokens)));
  if (call.look) RAPPEL_TRY(call.look(*reader, embeddings, all));
  reader.reset();  // the store's log cannot start over while it is open, and models take long
  RAPPEL_TRY(rescore_by_colbert(call, all));
  rerank_candidates(call, all);
  if (call.context.cancel.stop_requested()) return request_cancelled();
  Outputs outputs;
  for (QueryWork& work : all) {
    RAPPEL_ASSIGN(QueryOutput output, answer_of(call, std::move(work)));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace

Result<Outputs> run_stages(const QueryCall& call) {
  if (call.queries.empty()) return Outputs();
  Stopwatch watch(call.parts);
  RAPPEL_ASSIGN(const auto embeddings, embed_queries(call));
  const double embed_each = watch.lap() / static_cast<double>(call.queries.size());
  RAPPEL_ASSIGN(Outputs outputs, answer(call, embeddings));
  for (QueryOutput& output : outputs) output.times.embed = embed_each;
  return outputs;
}

Result<Outputs> answer_embedded(const QueryParts& parts, std::span<const QueryInput> queries,
                                std::span<const Embedding> embeddings, const RequestContext& context) {
  return answer(QueryCall(parts, queries, context), embeddings);
}

Result<Outputs> answer_queries(const QueryParts& parts, std::span<const QueryInput> asked,
                               const RequestContext& context) {
  RAPPEL_TRY(check_queries(QueryCall(parts, asked, context)));
  RAPPEL_ASSIGN(const std::vector<QueryInput> queries, read_queries(asked, parts.store.info()));
  std::vector<QueryInput> first;
  std::copy_if(queries.begin(), queries.end(), std::back_inserter(first),
               [](const QueryInput& query) { return !is_later_page(query); });
  RAPPEL_ASSIGN(Outputs answers, run_stages(QueryCall(parts, first, context)));
  return first.size() == queries.size() ? answers
                                        : with_later_pages(parts, queries, std::move(answers), context);
}

}  // namespace rappel
