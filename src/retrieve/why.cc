#include "retrieve/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "embed/embedder.h"
#include "retrieve/presentation.h"
#include "retrieve/query_plan.h"
#include "retrieve/read_queries.h"
#include "retrieve/rerank.h"
#include "retrieve/why_evidence.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

using Reason = WhyReason;

// The query, its answer, and what the store says of the document.
struct Inquiry {
  const QueryParts& parts;
  const QueryInput& query;
  const QueryOutput& output;
  const WhyEvidence& evidence;
  const CallContext& call;

  const QueryExplanation& explained() const { return *output.explanation; }
};

WhyAnswer not_stored() {
  return {.reason = Reason::kNotStored,
          .sentence = "no document of this id is stored; `rappel list` shows those that are"};
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

// Where a result is that stands for the document.
std::string where(const QueryExplanation& explained, const std::string& result) {
  const ExplainedCandidate* const found = find_explained(explained, result);
  if (found == nullptr) return result;
  if (found->fate == Reason::kInAnswer) return fmt::format("{}, at place {}", result, found->place);
  return fmt::format("{}, which is not in the answer itself ({})", result, why_name(found->fate));
}

// For a reason that candidates and joined chunks have, except kInAnswer.
std::string fate_sentence(const Inquiry& inquiry, const WhyAnswer& answer) {
  const auto result = [&] { return where(inquiry.explained(), answer.result_id); };
  switch (answer.reason) {
    case Reason::kCollapsed:
      return "there is one result for each document, and another chunk of its document comes first: " +
             result();
    case Reason::kNearDuplicate: return "a chunk of nearly the same text stands for it: " + result();
    case Reason::kOtherSection: return "it is within the text of another result: " + result();
    case Reason::kDiversity:
      return fmt::format(
          "it has rank {} and the score {:.4f}, which would be enough, but diversity prefers results that "
          "differ more; the result most like it is {}",
          answer.explanation->rank, *answer.score, result());
    case Reason::kLaterPage: return fmt::format("it is on a later page, at place {}", answer.place);
    case Reason::kAnswerBudget:
      return fmt::format(
          "max_chars or max_tokens leave no room for it after the results before it; it would be at place {}",
          answer.place);
    case Reason::kBelowMinScore:
      return fmt::format("its score {:.4f} is below min_score {:.4f}", *answer.score, *answer.needed);
    default: break;
  }
  return fmt::format("it has rank {} and the score {:.4f}; the last of {} results has {:.4f}",
                     answer.explanation->rank, *answer.score, inquiry.output.results.size(), *answer.needed);
}

// Lets the reranker read a candidate that it has not read, if it takes part in the query. False: it does not.
Result<bool> read_late(const Inquiry& inquiry, Candidate& candidate) {
  const QueryParts& parts = inquiry.parts;
  const QueryExplanation& plan = inquiry.explained();
  if (parts.reranker == nullptr || plan.rerank_weight == 0) return false;
  const double weight = plan.rerank_weight;
  const RerankJob job{inquiry.query.text, {candidate.chunk.text}, true};
  RAPPEL_ASSIGN(const auto scores, parts.reranker->scores({&job, 1}, inquiry.call));
  candidate.rerank_score = scores[0][0];
  candidate.score = (1 - weight) * candidate.score + weight * scores[0][0];
  return true;
}

// If the reranker had no time for the candidate, and would have put it into the answer, that is the reason.
Status look_at_time(const Inquiry& inquiry, WhyAnswer& answer) {
  const QueryExplanation& plan = inquiry.explained();
  const std::size_t rank = answer.explanation->rank;
  const bool late = rank > plan.reranked && rank <= plan.reranked + plan.unread;
  if (!late || !answer.needed || answer.explanation->rerank_score) return {};
  const auto& all = inquiry.evidence.candidates;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Candidate& one) { return one.chunk.id == answer.chunk_id; });
  if (found == all.end()) return {};
  Candidate candidate = *found;
  RAPPEL_ASSIGN(const bool read, read_late(inquiry, candidate));
  const double score = candidate.score * plan.plausibility;
  if (!read || score < *answer.needed) return {};
  answer.reason = Reason::kRerankLate;
  answer.score = score;
  answer.explanation->rerank_score = candidate.rerank_score;
  answer.sentence = fmt::format(
      "the reranker had time for {} of {} candidates, and not for it; with the reranker its score would be "
      "{:.4f}, and {:.4f} is needed",
      plan.reranked, plan.reranked + plan.unread, score, *answer.needed);
  return {};
}

// For a chunk that all stages have scored.
Result<WhyAnswer> scored(const Inquiry& inquiry, const ExplainedCandidate& candidate) {
  WhyAnswer answer{.reason = candidate.fate,
                   .place = candidate.place,
                   .chunk_id = candidate.chunk_id,
                   .result_id = candidate.result_id,
                   .score = candidate.score,
                   .explanation = candidate.explanation};
  if (candidate.fate == Reason::kInAnswer) {
    answer.sentence = fmt::format("it is in the answer, at place {}", candidate.place);
    return answer;
  }
  if (candidate.fate == Reason::kBelowMinScore) answer.needed = inquiry.query.min_score;
  if (candidate.fate == Reason::kBehindTopK) answer.needed = needed_score(inquiry.query, inquiry.output);
  answer.sentence = fate_sentence(inquiry, answer);
  RAPPEL_TRY(look_at_time(inquiry, answer));
  return answer;
}

WhyAnswer joined(const Inquiry& inquiry, const JoinedChunk& chunk) {
  WhyAnswer answer{.reason = chunk.fate, .chunk_id = chunk.chunk_id, .result_id = chunk.result_id};
  answer.sentence = fate_sentence(inquiry, answer);
  return answer;
}

// For a document that fusion has left behind, or has not met.
Result<WhyAnswer> left_behind(const Inquiry& inquiry) {
  const QueryExplanation& plan = inquiry.explained();
  WhyAnswer answer{.reason = Reason::kNotFound, .needed = needed_score(inquiry.query, inquiry.output)};
  answer.sentence = "no signal of this mode can score it: it has no word of the query";
  if (!inquiry.evidence.behind_depth) return answer;
  Candidate best = inquiry.evidence.candidates[0];
  RAPPEL_TRY(read_late(inquiry, best).status());
  QueryExplanation one;
  one.signals = plan.signals;
  explain_candidates({&best, 1}, false, one);
  answer.reason = Reason::kBehindDepth;
  answer.chunk_id = best.chunk.id;
  answer.score = best.score * plan.plausibility;
  answer.explanation = std::move(one.candidates[0].explanation);
  answer.explanation->rank = best.fused_rank;
  answer.explanation->rerank_rank = 0;  // it was read alone
  answer.sentence = fmt::format(
      "it has rank {} by its signals, and the first {} go on; its score would be {:.4f}, and {:.4f} is "
      "needed",
      best.fused_rank, plan.kept, *answer.score, *answer.needed);
  return answer;
}

// Its chunk that came furthest: a result, else the best one; null: none has gone on from fusion.
const ExplainedCandidate* furthest(const QueryExplanation& explained, const WhySubject& subject) {
  const ExplainedCandidate* best = nullptr;
  for (const ExplainedCandidate& candidate : explained.candidates) {
    if (!subject.is(candidate.document_id, candidate.chunk_id)) continue;
    const bool shown = candidate.fate == Reason::kInAnswer;
    if (best == nullptr || shown || (candidate.place > 0 && best->place == 0)) best = &candidate;
    if (shown) break;
  }
  return best;
}

const JoinedChunk* first_joined(const QueryExplanation& explained, const WhySubject& subject) {
  const auto found =
      std::find_if(explained.joined.begin(), explained.joined.end(),
                   [&](const JoinedChunk& one) { return subject.is(one.document_id, one.chunk_id); });
  return found == explained.joined.end() ? nullptr : &*found;
}

Result<WhyAnswer> reason_of(const Inquiry& inquiry) {
  const WhyEvidence& evidence = inquiry.evidence;
  if (!evidence.subject) return not_stored();
  if (evidence.failed) return filtered(*evidence.failed);
  if (evidence.failed_text) return excluded(*evidence.failed_text);
  const ExplainedCandidate* const candidate = furthest(inquiry.explained(), *evidence.subject);
  const JoinedChunk* const chunk = first_joined(inquiry.explained(), *evidence.subject);
  if (candidate != nullptr &&
      (candidate->place > 0 || chunk == nullptr || candidate->explanation.fused_rank < chunk->fused_rank))
    return scored(inquiry, *candidate);
  return chunk != nullptr ? joined(inquiry, *chunk) : left_behind(inquiry);
}

}  // namespace

std::string condition_text(const WhyAnswer& answer) {
  return answer.failed ? condition_text(answer.failed->condition) : answer.failed_text;
}

Result<WhyAnswer> why(const QueryParts& parts, WhyInput input, const RequestContext& context) {
  if (is_later_page(input.query))
    return Status(Code::kInvalidArgument,
                  "a later page does not say why a document is missing; ask without a cursor");
  input.query.explain = true;
  AnswerPages no_pages;  // nobody asks for further ones
  QueryParts own = parts;
  own.pages = &no_pages;
  RAPPEL_TRY(check_queries(QueryCall(own, {&input.query, 1}, context)));
  RAPPEL_ASSIGN(const auto read, read_queries({&input.query, 1}, parts.store.info()));
  input.query = read[0];
  WhyEvidence evidence;
  QueryCall call(own, read, context);
  call.look = [&](StoreReader& reader, std::span<const Embedding> embeddings,
                  std::span<const QueryWork> all) -> Status {
    RAPPEL_ASSIGN(evidence, look_up(own, input, embeddings[0], all[0], reader, context));
    return {};
  };
  RAPPEL_ASSIGN(const auto outputs, run_stages(call));
  RAPPEL_ASSIGN(WhyAnswer answer, reason_of({own, input.query, outputs[0], evidence, context}));
  answer.lacking = outputs[0].explanation->lacking;
  return answer;
}

}  // namespace rappel
