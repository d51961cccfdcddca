#include "retrieve/query_results.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "retrieve/diversity.h"
#include "retrieve/explain_results.h"
#include "retrieve/presentation.h"
#include "retrieve/read_queries.h"
#include "retrieve/relevance.h"
#include "retrieve/section_results.h"

namespace rappel {
namespace {

// The first results that the query asks for.
std::vector<ScoredChunk> results_of(QueryWork& work) {
  const std::size_t wanted = work.plan.wanted;
  if (work.sections) return section_results(std::move(*work.sections), work.candidates, wanted);
  std::vector<ScoredChunk> results;
  for (Candidate& candidate : std::span(work.candidates).first(std::min(wanted, work.candidates.size())))
    results.push_back({.chunk = std::move(candidate.chunk),
                       .score = candidate.score,
                       .hidden = candidate.hidden,
                       .duplicates = std::move(candidate.duplicates)});
  return results;
}

// Before the results take their chunks.
void explain_last_stage(QueryWork& work) {
  if (!work.explanation) return;
  work.explanation->reranked = work.rerank_read;
  work.explanation->unread = work.rerank_unread;
  explain_candidates(work.candidates, work.sections.has_value(), *work.explanation);
}

void explain_results(std::optional<QueryExplanation> query, QueryOutput& output) {
  for (ScoredChunk& result : output.results)
    if (const auto* found = query ? find_explained(*query, result.chunk.id) : nullptr)
      result.explanation = found->explanation;
  output.explanation = std::move(query);
}

// All but the results.
QueryOutput output_of(const QueryWork& work) {
  QueryOutput output;
  output.query = written_text(*work.query);
  output.reranked = work.reranked;
  output.rerank_lacking = work.rerank_lacking;
  output.rerank_late = work.rerank_late;
  output.rerank_read = work.rerank_read;
  output.times = work.times;
  return output;
}

}  // namespace

Result<QueryOutput> answer_of(const QueryCall& call, QueryWork work) {
  const QueryInput& query = *work.query;
  Stopwatch watch(call.parts);
  explain_last_stage(work);
  const std::size_t below = std::erase_if(work.candidates, [&](const Candidate& candidate) {
    return candidate.score * work.plausibility < query.min_score;
  });
  if (query.shape.diversity)
    diversify(*query.shape.diversity, work.plan.top_k * kCandidatesForADiverseResult, work.candidates);
  if (work.explanation) explain_choice(work.candidates, work.plan.wanted, query.min_score, *work.explanation);
  QueryOutput output = output_of(work);
  output.results = results_of(work);
  if (work.explanation) {
    work.explanation->below_min_score = below;
    work.explanation->not_shown = work.candidates.size() - output.results.size();
  }
  explain_results(std::move(work.explanation), output);
  for (ScoredChunk& result : output.results) result.score *= work.plausibility;
  output.answerable = !output.results.empty() && output.results.front().score >= kAnswerable;
  RAPPEL_ASSIGN(output, first_page(call.parts, {query, std::move(output), std::move(work.words), work.commit},
                                   call.context));
  if (output.explanation) explain_page(output.results.size(), output.cut, *output.explanation);
  output.times.presentation = watch.lap();
  return output;
}

}  // namespace rappel
