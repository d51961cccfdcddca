#include "retrieve/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "embed/embedder.h"
#include "retrieve/gather.h"
#include "retrieve/read_queries.h"
#include "retrieve/rerank.h"
#include "store/metadata_json.h"
#include "store/snapshot_store.h"

namespace rappel {
namespace {

using Reason = WhyReason;

WhyAnswer at_place(const QueryOutput& output, std::size_t index) {
  const ScoredChunk& result = output.results[index];
  return {.reason = Reason::kInAnswer,
          .sentence = fmt::format("it is in the answer, at place {}", index + 1),
          .place = index + 1,
          .chunk_id = result.chunk.id,
          .score = result.score,
          .explanation = result.explanation};
}

WhyAnswer filtered(FailedCondition failed) {
  std::string sentence = "the filter leaves it out: " + condition_text(failed.condition);
  if (failed.has)
    sentence += ", and the document has " + dump_json(value_json(*failed.has));
  else if (!failed.condition.key.empty())
    sentence += ", and the document has no such key";
  return {.reason = Reason::kFiltered, .sentence = std::move(sentence), .failed = std::move(failed)};
}

WhyAnswer excluded(FailedTextCondition failed) {
  return {.reason = Reason::kTextCondition,
          .sentence = "excluded by the text condition: " + failed.sentence,
          .failed_text = std::move(failed.condition)};
}

// The score that the last result has, or that any result needs.
double needed_score(const QueryInput& query, const QueryOutput& output) {
  return output.results.empty() ? query.min_score : std::max(output.results.back().score, query.min_score);
}

// For a document that all stages have scored.
WhyAnswer outscored(const QueryInput& query, const QueryOutput& output, const ExplainedCandidate& best) {
  WhyAnswer answer{.chunk_id = best.chunk_id, .score = best.score, .explanation = best.explanation};
  if (best.score < query.min_score) {
    answer.reason = Reason::kBelowMinScore;
    answer.needed = query.min_score;
    answer.sentence = fmt::format("its score {:.4f} is below min_score {:.4f}", best.score, query.min_score);
    return answer;
  }
  answer.reason = Reason::kBehindTopK;
  answer.needed = needed_score(query, output);
  answer.sentence = fmt::format("it has rank {} and the score {:.4f}; the last of {} results has {:.4f}",
                                best.explanation.rank, best.score, output.results.size(), *answer.needed);
  return answer;
}

// All candidates to kWhyDepth with those of the document, in the order of fusion.
struct Ranking {
  std::vector<Candidate> candidates;
  std::unordered_set<ChunkKey> own;  // of the document
};

// Chunks of the document that a deep search has not met, with their scores.
Status add_own(StoreReader& reader, std::span<const UsedSignal> signals, const WhyInput& input,
               Ranking& ranking) {
  std::unordered_set<ChunkKey> known;
  for (const Candidate& candidate : ranking.candidates) known.insert(candidate.key);
  RAPPEL_ASSIGN(auto own, find_candidates(
                              reader, signals,
                              {kWhyDepth, Filter::document(input.document_id), conditions_of(input.query)}));
  for (Candidate& candidate : own) {
    ranking.own.insert(candidate.key);
    if (known.contains(candidate.key)) continue;
    for (SignalScore& signal : candidate.signals) signal.rank = 0;  // it was one among its own
    ranking.candidates.push_back(std::move(candidate));
  }
  return {};
}

Result<Ranking> rank_deeply(const QueryParts& parts, StoreReader& reader, const WhyInput& input,
                            const Embedding& embedding, const CallContext& call) {
  const QueryInput& query = input.query;
  const SearchMode mode = query.mode.value_or(parts.options.mode);
  RAPPEL_ASSIGN(Gathered found, gather_candidates(parts, reader, query, embedding, kWhyDepth, call));
  const std::vector<TokenWeight> weights = token_weights(embedding);
  const StoreInfo store = parts.store.info();
  RAPPEL_ASSIGN(const auto signals, signals_for(query, mode, embedding, weights, store));
  Ranking ranking{std::move(found.candidates), {}};
  RAPPEL_TRY(add_own(reader, signals, input, ranking));
  fuse(mode, found.scales, parts.options.weights, ranking.candidates);
  return ranking;
}

// The score after the reranker, if it takes part.
Result<double> reranked_score(const QueryParts& parts, const QueryInput& query, const QueryExplanation& plan,
                              Candidate& candidate, const CallContext& call) {
  if (parts.reranker == nullptr || plan.rerank_weight == 0) return candidate.score;
  const RerankJob job{query.text, {candidate.chunk.text}, true};
  RAPPEL_ASSIGN(const auto scores, parts.reranker->scores({&job, 1}, call));
  candidate.rerank_score = scores[0][0];
  return (1 - plan.rerank_weight) * candidate.score + plan.rerank_weight * scores[0][0];
}

// For a document that fusion has left behind.
Result<WhyAnswer> left_behind(const QueryParts& parts, const WhyInput& input, const QueryOutput& output,
                              const RequestContext& context) {
  const QueryExplanation& plan = *output.explanation;
  Embedding embedding;
  if (!has_only_conditions(input.query) && uses_embedding(input.query.mode.value_or(parts.options.mode))) {
    RAPPEL_ASSIGN(auto embeddings, parts.embedder.embed_queries({&input.query.text, 1}, context));
    embedding = std::move(embeddings[0]);
  }
  RAPPEL_ASSIGN(auto reader, open_reader(parts.store));
  RAPPEL_ASSIGN(Ranking ranking, rank_deeply(parts, *reader, input, embedding, context));
  const auto best = std::find_if(ranking.candidates.begin(), ranking.candidates.end(),
                                 [&](const Candidate& one) { return ranking.own.contains(one.key); });
  WhyAnswer answer{.reason = Reason::kNotFound, .needed = needed_score(input.query, output)};
  answer.sentence = "no signal of this mode can score it: it has no word of the query";
  if (best == ranking.candidates.end()) return answer;
  AnswerMeter meter(context.memory, "ask for another document");
  RAPPEL_TRY(load_chunks(*reader, meter, {&*best, 1}));
  RAPPEL_ASSIGN(const double score, reranked_score(parts, input.query, plan, *best, context));
  QueryExplanation one;
  one.signals = plan.signals;
  explain_candidates({&*best, 1}, one);
  answer.reason = Reason::kBehindDepth;
  answer.chunk_id = best->chunk.id;
  answer.score = score * plan.plausibility;
  answer.explanation = std::move(one.candidates[0].explanation);
  answer.explanation->rank = best->fused_rank;
  answer.sentence = fmt::format(
      "it has rank {} by its signals, and the first {} go on; its score would be {:.4f}, and {:.4f} is "
      "needed",
      best->fused_rank, plan.kept, *answer.score, *answer.needed);
  return answer;
}

Result<WhyAnswer> explain_absence(const QueryParts& parts, const WhyInput& input, const QueryOutput& output,
                                  const RequestContext& context) {
  const std::string ids[] = {input.document_id};
  RAPPEL_ASSIGN(const auto stored, parts.store.get(ids));
  if (stored.empty())
    return WhyAnswer{.reason = Reason::kNotStored,
                     .sentence = "no document of this id is stored; `rappel list` shows those that are"};
  if (auto failed = failed_condition(input.query.filter, input.document_id, stored[0].metadata))
    return filtered(*std::move(failed));
  {
    RAPPEL_ASSIGN(const auto reader, open_reader(parts.store));
    RAPPEL_ASSIGN(auto failed, failed_text_condition(*reader, conditions_of(input.query), input.document_id));
    if (failed) return excluded(*std::move(failed));
  }
  for (const ExplainedCandidate& candidate : output.explanation->candidates)
    if (candidate.document_id == input.document_id) return outscored(input.query, output, candidate);
  return left_behind(parts, input, output, context);
}

}  // namespace

std::string_view why_name(WhyReason reason) {
  switch (reason) {
    case Reason::kInAnswer: return "in-answer";
    case Reason::kNotStored: return "not-stored";
    case Reason::kFiltered: return "filtered";
    case Reason::kTextCondition: return "text-condition";
    case Reason::kNotFound: return "not-found";
    case Reason::kBehindDepth: return "behind-depth";
    case Reason::kBehindTopK: return "behind-top-k";
    case Reason::kBelowMinScore: return "below-min-score";
  }
  return "";
}

std::string condition_text(const WhyAnswer& answer) {
  return answer.failed ? condition_text(answer.failed->condition) : answer.failed_text;
}

Result<WhyAnswer> why(const QueryParts& parts, WhyInput input, const RequestContext& context) {
  if (!input.query.cursor.empty() && input.query.cursor != kFirstPage)
    return Status(Code::kInvalidArgument,
                  "a later page does not say why a document is missing; ask without a cursor");
  input.query.cursor.clear();
  input.query.explain = true;
  RAPPEL_ASSIGN(auto read, read_queries({&input.query, 1}, parts.store.info()));
  input.query = std::move(read[0]);
  RAPPEL_ASSIGN(const auto outputs, answer_queries(parts, {&input.query, 1}, context));
  const QueryOutput& output = outputs[0];
  for (std::size_t i = 0; i < output.results.size(); ++i)
    if (output.results[i].chunk.document_id == input.document_id) {
      WhyAnswer answer = at_place(output, i);
      answer.lacking = output.explanation->lacking;
      return answer;
    }
  RAPPEL_ASSIGN(WhyAnswer answer, explain_absence(parts, input, output, context));
  answer.lacking = output.explanation->lacking;
  return answer;
}

}  // namespace rappel
