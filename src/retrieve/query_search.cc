#include "retrieve/query_search.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/cancelled.h"
#include "retrieve/answer_meter.h"
#include "retrieve/candidates.h"
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

  Result<QueryWork> run(const QueryInput& query, const Embedding& embedding) {
    Stopwatch watch(call_);
    QueryWork work{.query = &query, .plan = plan_of(call_.parts, query)};
    RAPPEL_TRY(find(embedding, work));
    RAPPEL_TRY(load(work));
    if (query.shape.diversity) RAPPEL_TRY(load_vectors(reader_, meter_, work.candidates));
    if (query.shape.highlights) {
      RAPPEL_ASSIGN(work.words, weigh_parts(reader_, words_of(query)));
    }
    RAPPEL_TRY(count_results(work));
    work.timings.search = watch.lap();
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
    return {};
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

Result<std::vector<QueryWork>> search_candidates(const QueryCall& call, StoreReader& reader,
                                                 std::span<const Embedding> embeddings) {
  AnswerMeter meter(call.context.memory, kAskForLess);
  Search search(call, reader, meter);
  std::vector<QueryWork> all;
  for (std::size_t i = 0; i < call.queries.size(); ++i) {
    if (call.context.cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(QueryWork work, search.run(call.queries[i], embeddings[i]));
    all.push_back(std::move(work));
  }
  return all;
}

}  // namespace rappel
