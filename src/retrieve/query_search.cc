#include "retrieve/query_search.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/cancelled.h"
#include "retrieve/answer_meter.h"
#include "retrieve/candidates.h"
#include "retrieve/colbert.h"
#include "retrieve/diversity.h"
#include "retrieve/fused_candidates.h"
#include "retrieve/query_plan.h"
#include "retrieve/read_queries.h"
#include "retrieve/section_results.h"

namespace rappel {
namespace {

// The stages of one query over one state of the store.
class Search {
 public:
  Search(const QueryCall& call, StoreReader& reader, AnswerMeter& meter)
      : call_(call), store_(call.parts.store.info()), reader_(reader), meter_(meter) {}

  Result<QueryWork> run(const QueryInput& query, const Embedding& embedding, std::vector<float> tokens) {
    QueryWork work{.query = &query, .plan = plan_of(call_.parts, query), .tokens = std::move(tokens)};
    RAPPEL_TRY(find(embedding, work));
    Stopwatch watch(call_.parts);
    RAPPEL_TRY(load(work));
    if (work.explanation) work.explanation->kept = work.candidates.size();
    if (query.shape.diversity) RAPPEL_TRY(load_vectors(reader_, meter_, work.candidates));
    if (query.shape.highlights) {
      RAPPEL_ASSIGN(work.words, weigh_parts(reader_, words_of(query)));
    }
    RAPPEL_TRY(count_results(work));
    work.times.load = watch.lap();
    if (work.tokens.empty()) return work;
    RAPPEL_TRY(score_stored_tokens(reader_, work.tokens, dimension(), to_rescore(work)));
    work.times.colbert = watch.lap();
    return work;
  }

 private:
  Status find(const Embedding& embedding, QueryWork& work) {
    const QueryParts& parts = call_.parts;
    RAPPEL_ASSIGN(FusedCandidates fused,
                  fused_candidates({parts, store_, reader_, meter_, *work.query, embedding, call_.context},
                                   work.plan.hits));
    work.candidates = std::move(fused.candidates);
    work.kinds = std::move(fused.kinds);
    work.plausibility = fused.plausibility;
    work.commit = reader_.commit();
    work.explanation = std::move(fused.explanation);
    work.times = fused.times;
    return {};
  }

  std::size_t dimension() const { return static_cast<std::size_t>(call_.parts.embedder.dimension()); }
  static std::span<Candidate> to_rescore(QueryWork& work) {
    return std::span(work.candidates).first(std::min(work.plan.depth, work.candidates.size()));
  }

  // The chunks of the candidates, or their sections.
  Status load(QueryWork& work) {
    if (!work.plan.merges) return load_chunks(reader_, meter_, work.candidates);
    SectionReach reach{call_.parts.options.section_chars};
    if (const std::size_t neighbors = work.query->shape.neighbors; neighbors > 0) reach.neighbors = neighbors;
    RAPPEL_ASSIGN(work.sections,
                  find_sections(reader_, meter_, {work.plan.pool, work.plan.wanted, reach}, work.candidates));
    return {};
  }

  // Judged before the reranker works for it: the results will be among these, and of about this size.
  Status count_results(const QueryWork& work) {
    for (std::size_t i = 0; i < std::min(work.plan.top_k, work.results()); ++i)
      RAPPEL_TRY(meter_.write(work.sections ? (*work.sections)[i].chunk : work.candidates[i].chunk));
    return {};
  }

  const QueryCall& call_;
  const StoreInfo store_;
  StoreReader& reader_;
  AnswerMeter& meter_;
};

}  // namespace

Result<std::vector<Embedding>> embed_queries(const QueryCall& call) {
  std::vector<std::string> texts;
  bool used = false;
  for (const QueryInput& query : call.queries) {
    texts.push_back(query.text);
    used = used || (!has_only_conditions(query) && uses_embedding(mode_of(query, call.parts.options)));
  }
  if (!used) return std::vector<Embedding>(texts.size());
  return call.parts.embedder.embed_queries(texts, call.context);
}

Result<QueryTokens> embed_tokens(const QueryCall& call) {
  QueryTokens tokens(call.queries.size());
  std::vector<std::string> texts;
  std::vector<std::size_t> places;  // of the texts
  for (std::size_t i = 0; i < call.queries.size(); ++i) {
    if (!plan_of(call.parts, call.queries[i]).uses_colbert) continue;
    texts.push_back(call.queries[i].text);
    places.push_back(i);
  }
  if (texts.empty()) return tokens;
  RAPPEL_ASSIGN(auto embedded, embed_query_tokens(call.parts.embedder, texts, call.context));
  for (std::size_t i = 0; i < places.size(); ++i) tokens[places[i]] = std::move(embedded[i]);
  return tokens;
}

Result<std::vector<QueryWork>> search_candidates(const QueryCall& call, StoreReader& reader,
                                                 std::span<const Embedding> embeddings, QueryTokens tokens) {
  AnswerMeter meter(call.context.memory, kAskForLess);
  Search search(call, reader, meter);
  std::vector<QueryWork> all;
  for (std::size_t i = 0; i < call.queries.size(); ++i) {
    if (call.context.cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(QueryWork work, search.run(call.queries[i], embeddings[i], std::move(tokens[i])));
    all.push_back(std::move(work));
  }
  return all;
}

}  // namespace rappel
