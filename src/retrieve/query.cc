#include "retrieve/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/cancelled.h"
#include "base/fault_id.h"
#include "base/log.h"
#include "embed/embedder.h"
#include "retrieve/fusion.h"
#include "retrieve/gather.h"
#include "retrieve/plausibility.h"
#include "retrieve/relevance.h"
#include "retrieve/rerank.h"
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
  std::size_t top_k = 0;
  std::vector<Candidate> candidates;
  std::optional<std::vector<Section>> sections;  // of the candidates; nothing: chunks are returned
  bool reranked = false;
  double plausibility = 1;  // plausibility.h
  QueryTimings timings;

  std::size_t results() const { return sections ? sections->size() : candidates.size(); }
};

Status check_top_k(std::span<const QueryInput> queries, const RetrievalOptions& options) {
  for (const QueryInput& query : queries)
    if (const std::size_t k = query.top_k.value_or(1); k < 1 || k > options.max_top_k)
      return Status(Code::kInvalidArgument, fmt::format("top_k must be between 1 and {}", options.max_top_k));
  return {};
}

ResultUnit unit_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.unit.value_or(options.unit);
}

Status check_units(std::span<const QueryInput> queries, const RetrievalOptions& options,
                   const StoreInfo& store) {
  const auto wants_section = [&](const QueryInput& query) {
    return unit_of(query, options) == ResultUnit::kSection;
  };
  if (store.neighbors || std::none_of(queries.begin(), queries.end(), wants_section)) return {};
  return Status(Code::kUnsupported, fmt::format("the {} store cannot return sections, because it cannot read "
                                                "the chunks beside a chunk; ask for chunks (RAPPEL_RETURN)",
                                                store.kind));
}

SearchMode mode_of(const QueryInput& query, const RetrievalOptions& options) {
  return query.mode.value_or(options.mode);
}

bool wants_reranking(const QueryParts& parts, const QueryInput& query) {
  return parts.reranker != nullptr && query.rerank.value_or(parts.options.rerank);
}

// Hits of each signal; so many at least that a larger top_k does not change the first results.
constexpr std::size_t kLeastDepth = 50;

struct Fused {
  std::vector<Candidate> candidates;
  double plausibility;
};

// Candidates of one query, by all signals of its mode, in the order of fusion.
Result<Fused> fused_candidates(const QueryParts& parts, const StoreInfo& store, StoreReader& reader,
                               const QueryInput& query, const Embedding& embedding, std::size_t wanted,
                               const CallContext& call) {
  RAPPEL_ASSIGN(Gathered found,
                gather_candidates(parts, reader, query, embedding, std::max(wanted, kLeastDepth), call));
  fuse(mode_of(query, parts.options), found.scales, parts.options.weights, found.candidates);
  RAPPEL_ASSIGN(const double plausible,
                plausibility(reader, store, query.text, query.filter, found.scales, found.candidates));
  if (found.candidates.size() > wanted) found.candidates.resize(wanted);
  return Fused{std::move(found.candidates), plausible};
}

// Candidates and fusion of one query, with their chunks.
Result<Work> first_stage(const QueryParts& parts, const StoreInfo& store, StoreReader& reader,
                         AnswerMeter& meter, const QueryInput& query, const Embedding& embedding,
                         const CallContext& call) {
  Stopwatch watch;
  Work work;
  work.top_k = query.top_k.value_or(parts.options.default_top_k);
  const std::size_t depth =
      wants_reranking(parts, query) ? std::max(work.top_k, parts.options.rerank_candidates) : work.top_k;
  const bool sections = unit_of(query, parts.options) == ResultUnit::kSection;
  const std::size_t hits = sections ? depth * kHitsForASection : depth;
  RAPPEL_ASSIGN(Fused fused, fused_candidates(parts, store, reader, query, embedding, hits, call));
  work.candidates = std::move(fused.candidates);
  work.plausibility = fused.plausibility;
  if (sections) {
    const SectionBounds bounds{depth, work.top_k, parts.options.section_chars};
    RAPPEL_ASSIGN(work.sections, find_sections(reader, meter, bounds, work.candidates));
  } else {
    RAPPEL_TRY(load_chunks(reader, meter, work.candidates));
  }
  // Judged before the reranker works for it: the results will be among these, and of about this size.
  for (std::size_t i = 0; i < std::min(work.top_k, work.results()); ++i)
    RAPPEL_TRY(meter.write(sections ? (*work.sections)[i].chunk : work.candidates[i].chunk));
  work.timings.search = watch.lap();
  return work;
}

// Reranks all queries together. The time is shared out by the number of candidates.
void rerank_all(const QueryParts& parts, std::span<const QueryInput> queries, std::vector<Work>& all,
                const CallContext& call) {
  if (parts.reranker == nullptr) return;
  const RerankerDescription description = parts.reranker->description();
  const std::size_t most = description.depth > 0 ? description.depth : kMaxReranked;
  std::vector<RerankTask> tasks;
  std::vector<Work*> works;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].candidates.empty() || !wants_reranking(parts, queries[i])) continue;
    const double weight = rerank_weight(description, parts.options.rerank_mode, queries[i].text);
    if (weight == 0) continue;
    tasks.push_back({queries[i].text, &all[i].candidates,
                     std::min(queries[i].rerank_depth.value_or(kMaxReranked), most), weight});
    works.push_back(&all[i]);
    pairs += all[i].candidates.size();
  }
  if (tasks.empty()) return;
  Stopwatch watch;
  const Status status = rerank(*parts.reranker, tasks, call);
  const double each = watch.lap() / static_cast<double>(pairs);
  if (!status.ok() && status.code() != Code::kCancelled && parts.logger != nullptr)
    parts.logger->warn("reranking failed, the first stage's order is returned: {}{}", status.to_string(),
                       fault_mark("reranker-failing"));
  for (Work* work : works) {
    work->reranked = status.ok();
    work->timings.rerank = each * static_cast<double>(work->candidates.size());
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
  if (work.sections) return section_results(std::move(*work.sections), work.candidates, work.top_k);
  std::vector<ScoredChunk> results;
  for (Candidate& candidate : std::span(work.candidates).first(std::min(work.top_k, work.candidates.size())))
    results.push_back({std::move(candidate.chunk), candidate.score});
  return results;
}

QueryOutput present(const QueryInput& query, Work work) {
  QueryOutput output;
  output.query = query.text;
  output.reranked = work.reranked;
  output.timings = work.timings;
  output.timings.total = work.timings.search + work.timings.rerank;
  output.results = results_of(work);
  for (ScoredChunk& result : output.results) result.score *= work.plausibility;
  std::erase_if(output.results, [&](const ScoredChunk& result) { return result.score < query.min_score; });
  output.answerable = !output.results.empty() && output.results.front().score >= kAnswerable;
  return output;
}

}  // namespace

Result<std::vector<QueryOutput>> answer_embedded(const QueryParts& parts, std::span<const QueryInput> queries,
                                                 std::span<const Embedding> embeddings,
                                                 const RequestContext& context) {
  const StoreInfo store = parts.store.info();
  RAPPEL_TRY(check_units(queries, parts.options, store));
  RAPPEL_ASSIGN(auto reader, open_reader(parts.store));
  AnswerMeter meter(context.memory, "ask for fewer queries at once or a lower top_k");
  const std::stop_token& cancel = context.cancel;
  std::vector<Work> all;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(Work work, first_stage(parts, store, *reader, meter, queries[i], embeddings[i], context));
    all.push_back(std::move(work));
  }
  reader.reset();  // the store's log cannot start over while it is open, and reranking takes long
  rerank_all(parts, queries, all, context);
  if (cancel.stop_requested()) return request_cancelled();
  std::vector<QueryOutput> outputs;
  for (std::size_t i = 0; i < queries.size(); ++i) outputs.push_back(present(queries[i], std::move(all[i])));
  return outputs;
}

Result<std::vector<QueryOutput>> answer_queries(const QueryParts& parts, std::span<const QueryInput> queries,
                                                const RequestContext& context) {
  RAPPEL_TRY(check_top_k(queries, parts.options));
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

}  // namespace rappel
