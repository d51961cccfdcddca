#include "tune/eval_questions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/cancelled.h"

namespace rappel {
namespace {

std::vector<RankedDocument> documents_of(const QueryOutput& output, const std::string& left_out) {
  DocumentRanking ranking(left_out);
  for (const ScoredChunk& result : output.results) ranking.add(result.chunk.document_id, result.score);
  return ranking.take();
}

class Questioner {
 public:
  Questioner(const QueryParts& parts, bool same_ids, const std::stop_token& stop)
      : parts_(parts), same_ids_(same_ids), stop_(stop) {}

  Status look_at_store() {
    RAPPEL_ASSIGN(const StoreStats stats, parts_.store.stats());
    chunks_ = static_cast<std::size_t>(stats.chunks);
    top_k_ = eval_chunk_depth(stats);
    return {};
  }

  Result<EvalAnswer> ask(const JudgedQuery& query) {
    for (std::size_t top_k = top_k_;; top_k *= 2) {
      const QueryInput input{.text = query.text,
                             .top_k = top_k,
                             .unit = ResultUnit::kChunk,
                             .rerank_depth = parts_.options.rerank_candidates};
      RAPPEL_ASSIGN(const auto outputs, answer_queries(parts_, {&input, 1}, {CallContext(stop_)}));
      EvalAnswer answer{documents_of(outputs[0], same_ids_ ? std::string() : query.id),
                        outputs[0].times.total()};
      if (parts_.reranker != nullptr && outputs[0].rerank_lacking && !outputs[0].results.empty())
        return Status(Code::kUnavailable,
                      "the reranker failed, so its mode cannot be evaluated; see the log");
      const bool all = outputs[0].results.size() < top_k || top_k >= chunks_;
      if (all || answer.documents.size() == kEvalDepth) return answer;
    }
  }

 private:
  const QueryParts& parts_;
  const bool same_ids_;
  const std::stop_token& stop_;
  std::size_t chunks_ = 0, top_k_ = kEvalDepth;
};

}  // namespace

void DocumentRanking::add(const std::string& document, double score) {
  if (documents_.size() == kEvalDepth || !seen_.insert(document).second) return;
  if (!documents_.empty()) {
    const auto before = static_cast<float>(documents_.back().score);
    if (static_cast<float>(score) >= before)
      score = double{std::nextafter(before, -std::numeric_limits<float>::infinity())};
  }
  documents_.push_back({document, score});
}

std::size_t eval_chunk_depth(const StoreStats& stats) {
  const auto chunks = static_cast<std::size_t>(stats.chunks);
  const std::size_t documents = std::max<std::size_t>(static_cast<std::size_t>(stats.documents), 1);
  return kEvalDepth * std::max<std::size_t>((chunks + documents - 1) / documents, 1);
}

Result<EvalAnswers> ask_eval_questions(const QueryParts& parts, const EvalQuestions& questions,
                                       const std::function<void(std::size_t done)>& advance,
                                       const std::stop_token& stop) {
  RetrievalOptions options = parts.options;
  options.max_top_k = static_cast<std::size_t>(-1);
  const QueryParts deep{parts.store, parts.embedder, parts.scales, parts.reranker, options, parts.logger};
  Questioner questioner(deep, questions.same_ids, stop);
  RAPPEL_TRY(questioner.look_at_store());
  EvalAnswers answers;
  std::size_t asked = 0;
  for (const JudgedQuery& query : questions.queries) {
    if (stop.stop_requested()) return request_cancelled();
    const EvalAnswer* const kept = questions.journal != nullptr ? questions.journal->find(query.id) : nullptr;
    EvalAnswer answer;
    if (kept != nullptr) {
      answer = *kept;
    } else {
      if (asked == 0) RAPPEL_TRY(questioner.ask(query).status());
      RAPPEL_ASSIGN(answer, questioner.ask(query));
      if (questions.journal != nullptr) RAPPEL_TRY(questions.journal->add(query.id, answer));
      advance(++asked);
    }
    answers.run[query.id] = std::move(answer.documents);
    answers.ms.push_back(answer.ms);
  }
  return answers;
}

}  // namespace rappel
