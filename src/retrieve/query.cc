#include "retrieve/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "base/cancelled.h"
#include "base/fault_id.h"
#include "base/log.h"
#include "embed/embedder.h"
#include "retrieve/answer_pages.h"
#include "retrieve/answer_shape.h"
#include "retrieve/candidates.h"
#include "retrieve/colbert.h"
#include "retrieve/diversity.h"
#include "retrieve/fused_candidates.h"
#include "retrieve/highlights.h"
#include "retrieve/presentation.h"
#include "retrieve/relevance.h"
#include "retrieve/rerank.h"
#include "retrieve/rerank_pace.h"
#include "retrieve/section_results.h"
#include "store/snapshot_store.h"

namespace rappel {
namespace {

class Stopwatch {
 public:
  double lap() {  // milliseconds
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// One query between the stages.
struct Work {
  std::size_t top_k = 0;   // of a page
  std::size_t wanted = 0;  // results of all pages
  std::size_t depth = 0;   // candidates that the reranker reads at least
  std::vector<Candidate> candidates;
  std::vector<SignalKind> kinds;                 // of Candidate::signals
  std::optional<std::vector<Section>> sections;  // of the candidates; nothing: chunks are returned
  bool diverse = false;
  bool reranked = false;
  double plausibility = 1;       // plausibility.h
  std::vector<QueryPart> words;  // if the query asks for highlights
  std::optional<std::int64_t> commit;
  bool rerank_lacking = false;
  std::size_t rerank_read = 0;
  std::optional<QueryExplanation> explanation;
  QueryTimings timings;

  std::size_t results() const { return sections ? sections->size() : candidates.size(); }
};

ResultUnit unit_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.unit.value_or(options.unit);
}

bool merges_chunks(const QueryInput& query, const RetrievalOptions& options) {
  return unit_of(query, options) == ResultUnit::kSection || query.shape.neighbors > 0;
}

Status check_units(std::span<const QueryInput> queries, const RetrievalOptions& options,
                   const StoreInfo& store) {
  const auto merges = [&](const QueryInput& query) { return merges_chunks(query, options); };
  if (store.neighbors || std::none_of(queries.begin(), queries.end(), merges)) return {};
  return Status(Code::kUnsupported,
                fmt::format("the {} store cannot return sections or neighbors, because it "
                            "cannot read the chunks beside a chunk; ask for chunks "
                            "(RAPPEL_RETURN)",
                            store.kind));
}

Status check_queries(const QueryParts& parts, std::span<const QueryInput> queries) {
  for (const QueryInput& query : queries) {
    if (const std::size_t k = query.top_k.value_or(1); k < 1 || k > parts.options.max_top_k)
      return Status(Code::kInvalidArgument,
                    fmt::format("top_k must be between 1 and {}", parts.options.max_top_k));
    RAPPEL_TRY(check_shape(query.shape, unit_of(query, parts.options)));
  }
  return {};
}

SearchMode mode_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.mode.value_or(options.mode);
}

bool asks_for_reranking(const QueryParts& parts, const QueryInput& query) {
  return query.rerank.value_or(parts.options.rerank);
}

bool wants_reranking(const QueryParts& parts, const QueryInput& query) {
  return parts.reranker != nullptr && asks_for_reranking(parts, query);
}

bool uses_colbert(const QueryParts& parts, const QueryInput& query) {
  return mode_of(query, parts.options) == SearchMode::kBgeM3 && parts.embedder.has_colbert();
}

// How much the query asks for.
Work plan_of(const QueryParts& parts, const QueryInput& query) {
  Work work;
  work.top_k = query.top_k.value_or(parts.options.default_top_k);
  work.wanted = starts_pages(query) ? std::max(work.top_k, kPagedResults) : work.top_k;
  work.diverse = query.shape.diversity.has_value();
  const bool reads_more = wants_reranking(parts, query) || uses_colbert(parts, query);
  work.depth = reads_more ? std::max(work.top_k, parts.options.rerank_candidates) : work.top_k;
  return work;
}

// Candidates and fusion of one query, with their chunks.
Result<Work> first_stage(const QueryParts& parts, const StoreInfo& store, StoreReader& reader,
                         AnswerMeter& meter, const QueryInput& query, const Embedding& embedding,
                         const CallContext& call) {
  Stopwatch watch;
  Work work = plan_of(parts, query);
  const AnswerShape& shape = query.shape;
  const bool sections = merges_chunks(query, parts.options);
  const std::size_t pool = shape.diversity ? work.top_k * kCandidatesForADiverseResult : 0;
  const std::size_t depth = std::max({work.depth, work.wanted, pool});
  const bool shares = sections && !shape.collapse;  // several candidates may be in one result
  const std::size_t hits = shares ? depth * hits_for_a_section(shape.neighbors) : depth;
  RAPPEL_ASSIGN(FusedCandidates fused,
                fused_candidates({parts, store, reader, meter, query, embedding, call}, hits));
  work.candidates = std::move(fused.candidates);
  work.kinds = std::move(fused.kinds);
  work.plausibility = fused.plausibility;
  work.commit = reader.commit();
  work.explanation = std::move(fused.explanation);
  work.rerank_lacking = parts.reranker == nullptr && asks_for_reranking(parts, query);
  if (sections) {
    SectionReach reach{parts.options.section_chars};
    if (shape.neighbors > 0) reach.neighbors = shape.neighbors;
    RAPPEL_ASSIGN(work.sections, find_sections(reader, meter, {depth, work.wanted, reach}, work.candidates));
  } else {
    RAPPEL_TRY(load_chunks(reader, meter, work.candidates));
  }
  if (shape.diversity) RAPPEL_TRY(load_vectors(reader, meter, work.candidates));
  if (shape.highlights) {
    RAPPEL_ASSIGN(work.words, weigh_parts(reader, query.text));
  }
  // Judged before the reranker works for it: the results will be among these, and of about this size.
  for (std::size_t i = 0; i < std::min(work.top_k, work.results()); ++i)
    RAPPEL_TRY(meter.write(sections ? (*work.sections)[i].chunk : work.candidates[i].chunk));
  work.timings.search = watch.lap();
  return work;
}

// Candidates of the query that the reranker reads: not all of those that wait for further pages or make the
// answer diverse.
std::size_t reranked_of(const Work& work) {
  const bool only_results = work.wanted == work.top_k && !work.diverse;
  return only_results ? kMaxReranked : work.depth;
}

// The candidates of queries whose mode has ColBERT as a signal.
Status rescore_all(const QueryParts& parts, std::span<const QueryInput> queries, std::vector<Work>& all,
                   const CallContext& call) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (uses_colbert(parts, queries[i]))
      RAPPEL_TRY(rescore_bge_m3(parts.embedder, queries[i].text, all[i].kinds, all[i].depth,
                                all[i].candidates, call));
  return {};
}

// The tasks of a call in `works`, cut to what fits into the budget of each query.
struct RerankCall {
  std::vector<RerankTask> tasks;
  std::vector<Work*> works;  // of the tasks
  std::size_t read = 0;      // candidates of all tasks
};

void fit_to_budget(const QueryParts& parts, std::span<const double> budgets, RerankCall& call) {
  for (std::size_t i = 0; parts.pace != nullptr && i < call.tasks.size(); ++i)
    call.tasks[i].depth = std::min(
        call.tasks[i].depth, std::max<std::size_t>(parts.pace->fitting(budgets[i]) / call.tasks.size(), 1));
  for (std::size_t i = 0; i < call.tasks.size(); ++i) {
    const std::size_t read = std::min(call.tasks[i].depth, call.works[i]->candidates.size());
    call.works[i]->rerank_read = read;
    call.read += read;
  }
}

RerankCall rerank_call(const QueryParts& parts, std::span<const QueryInput> queries, std::vector<Work>& all) {
  const RerankerDescription description = parts.reranker->description();
  const std::size_t most = description.depth > 0 ? std::min(description.depth, kMaxReranked) : kMaxReranked;
  RerankCall call;
  std::vector<double> budgets;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].candidates.empty() || !wants_reranking(parts, queries[i])) continue;
    const double weight = rerank_weight(description, parts.options.rerank_mode, queries[i].text);
    if (weight == 0) continue;
    call.tasks.push_back({queries[i].text, &all[i].candidates,
                          std::min({queries[i].rerank_depth.value_or(most), most, reranked_of(all[i])}),
                          weight});
    call.works.push_back(&all[i]);
    budgets.push_back(queries[i].rerank_budget.value_or(parts.options.rerank_budget));
  }
  fit_to_budget(parts, budgets, call);
  return call;
}

// Reranks all queries together. The time is shared out by the number of candidates that are read.
void rerank_all(const QueryParts& parts, std::span<const QueryInput> queries, std::vector<Work>& all,
                const CallContext& context) {
  if (parts.reranker == nullptr) return;
  const RerankCall call = rerank_call(parts, queries, all);
  if (call.read == 0) return;
  const auto now = [&] {
    return parts.pace != nullptr ? parts.pace->now() : RerankPace::steady_milliseconds();
  };
  const double begin = now();
  const Status status = rerank(*parts.reranker, call.tasks, context);
  const double milliseconds = now() - begin;
  if (status.ok() && parts.pace != nullptr) parts.pace->measured(call.read, milliseconds);
  if (!status.ok() && status.code() != Code::kCancelled && parts.logger != nullptr)
    parts.logger->warn("reranking failed, the first stage's order is returned: {}{}", status.to_string(),
                       fault_mark("reranker-failing"));
  for (std::size_t i = 0; i < call.works.size(); ++i) {
    Work& work = *call.works[i];
    work.timings.rerank =
        milliseconds * static_cast<double>(work.rerank_read) / static_cast<double>(call.read);
    work.reranked = status.ok();
    work.rerank_lacking = !status.ok();
    if (!status.ok()) work.rerank_read = 0;
    if (work.explanation) work.explanation->rerank_weight = status.ok() ? call.tasks[i].weight : 0;
  }
}

// Without a pass of the model if no query uses its answer.
Result<std::vector<Embedding>> embed_for(const QueryParts& parts, std::span<const QueryInput> queries,
                                         const RequestContext& context) {
  if (std::none_of(queries.begin(), queries.end(),
                   [&](const QueryInput& query) { return uses_embedding(mode_of(query, parts.options)); }))
    return std::vector<Embedding>(queries.size());
  std::vector<std::string> texts;
  for (const QueryInput& query : queries) texts.push_back(query.text);
  return parts.embedder.embed_queries(texts, context);
}

// The first results that the query asks for.
std::vector<ScoredChunk> results_of(Work& work) {
  if (work.sections) return section_results(std::move(*work.sections), work.candidates, work.wanted);
  std::vector<ScoredChunk> results;
  for (Candidate& candidate : std::span(work.candidates).first(std::min(work.wanted, work.candidates.size())))
    results.push_back({.chunk = std::move(candidate.chunk),
                       .score = candidate.score,
                       .hidden = candidate.hidden,
                       .duplicates = std::move(candidate.duplicates)});
  return results;
}

// Before the results take their chunks.
void explain_last_stage(Work& work) {
  if (!work.explanation) return;
  work.explanation->reranked = work.rerank_read;
  explain_candidates(work.candidates, *work.explanation);
}

void explain_results(std::optional<QueryExplanation> query, QueryOutput& output) {
  for (ScoredChunk& result : output.results)
    if (const auto* found = query ? find_explained(*query, result.chunk.id) : nullptr)
      result.explanation = found->explanation;
  output.explanation = std::move(query);
}

Result<QueryOutput> present(const QueryParts& parts, const QueryInput& query, Work work,
                            const CallContext& call) {
  explain_last_stage(work);
  const std::size_t below = std::erase_if(work.candidates, [&](const Candidate& candidate) {
    return candidate.score * work.plausibility < query.min_score;
  });
  if (query.shape.diversity)
    diversify(*query.shape.diversity, work.top_k * kCandidatesForADiverseResult, work.candidates);
  QueryOutput output;
  output.query = query.text;
  output.reranked = work.reranked;
  output.rerank_lacking = work.rerank_lacking;
  output.rerank_read = work.rerank_read;
  output.timings = work.timings;
  output.timings.total = work.timings.search + work.timings.rerank;
  output.results = results_of(work);
  if (work.explanation) {
    work.explanation->below_min_score = below;
    work.explanation->not_shown = work.candidates.size() - output.results.size();
  }
  explain_results(std::move(work.explanation), output);
  for (ScoredChunk& result : output.results) result.score *= work.plausibility;
  output.answerable = !output.results.empty() && output.results.front().score >= kAnswerable;
  return first_page(parts, {query, std::move(output), std::move(work.words), work.commit}, call);
}

// Answers to queries that ask for no later page.
Result<std::vector<QueryOutput>> answer_first_pages(const QueryParts& parts,
                                                    std::span<const QueryInput> queries,
                                                    const RequestContext& context) {
  if (queries.empty()) return std::vector<QueryOutput>();
  Stopwatch watch;
  RAPPEL_ASSIGN(const auto embeddings, embed_for(parts, queries, context));
  const double embed_each = watch.lap() / static_cast<double>(queries.size());
  RAPPEL_ASSIGN(auto outputs, answer_embedded(parts, queries, embeddings, context));
  for (QueryOutput& output : outputs) {
    output.timings.embed = embed_each;
    output.timings.total += embed_each;
  }
  return outputs;
}

constexpr const char* kAskForLess = "ask for fewer queries at once or a lower top_k";

}  // namespace

Result<std::vector<QueryOutput>> answer_embedded(const QueryParts& parts, std::span<const QueryInput> queries,
                                                 std::span<const Embedding> embeddings,
                                                 const RequestContext& context) {
  const StoreInfo store = parts.store.info();
  RAPPEL_TRY(check_units(queries, parts.options, store));
  RAPPEL_ASSIGN(auto reader, open_reader(parts.store));
  AnswerMeter meter(context.memory, kAskForLess);
  const std::stop_token& cancel = context.cancel;
  std::vector<Work> all;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(Work work, first_stage(parts, store, *reader, meter, queries[i], embeddings[i], context));
    all.push_back(std::move(work));
  }
  reader.reset();  // the store's log cannot start over while it is open, and reranking takes long
  RAPPEL_TRY(rescore_all(parts, queries, all, context));
  rerank_all(parts, queries, all, context);
  if (cancel.stop_requested()) return request_cancelled();
  std::vector<QueryOutput> outputs;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    RAPPEL_ASSIGN(QueryOutput output, present(parts, queries[i], std::move(all[i]), context));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

Result<std::vector<QueryOutput>> answer_queries(const QueryParts& parts, std::span<const QueryInput> queries,
                                                const RequestContext& context) {
  RAPPEL_TRY(check_queries(parts, queries));
  std::vector<QueryInput> first;
  std::copy_if(queries.begin(), queries.end(), std::back_inserter(first),
               [](const QueryInput& query) { return !is_later_page(query); });
  RAPPEL_ASSIGN(auto answers, answer_first_pages(parts, first, context));
  if (first.size() == queries.size()) return answers;
  AnswerMeter meter(context.memory, kAskForLess);
  std::vector<QueryOutput> outputs;
  auto answer = answers.begin();
  for (const QueryInput& query : queries) {
    if (!is_later_page(query)) {
      outputs.push_back(std::move(*answer++));
      continue;
    }
    RAPPEL_ASSIGN(QueryOutput page, later_page(parts, meter, query, context));
    outputs.push_back(std::move(page));
  }
  return outputs;
}

}  // namespace rappel
