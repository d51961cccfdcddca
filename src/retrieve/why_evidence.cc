#include "retrieve/why_evidence.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "retrieve/answer_meter.h"
#include "retrieve/gather.h"
#include "retrieve/query_plan.h"
#include "retrieve/read_queries.h"

namespace rappel {
namespace {

// Nothing: there is no such document.
Result<std::optional<WhySubject>> stored_document(StoreReader& reader, const std::string& id) {
  RAPPEL_ASSIGN(const auto hits, reader.search(SearchRequest::match(1, Filter::document(id))));
  if (hits.empty()) return std::optional<WhySubject>();
  RAPPEL_ASSIGN(const auto chunks, reader.chunks({&hits[0].key, 1}));
  return std::optional(WhySubject{.document_id = id, .metadata = chunks[0].metadata});
}

// The parts of a chunk's id (store/types.h); nothing: it is none.
std::optional<std::pair<std::string, std::uint32_t>> parts_of(const std::string& chunk) {
  const std::size_t mark = chunk.rfind('_');
  if (mark == std::string::npos) return std::nullopt;
  std::uint32_t index = 0;
  const char* const end = chunk.data() + chunk.size();
  const auto [stop, error] = std::from_chars(chunk.data() + mark + 1, end, index);
  if (error != std::errc() || stop != end || chunk_id(chunk.substr(0, mark), index) != chunk)
    return std::nullopt;
  return std::pair(chunk.substr(0, mark), index);
}

Result<std::optional<WhySubject>> find_subject(StoreReader& reader, const StoreInfo& store,
                                               const std::string& id) {
  RAPPEL_ASSIGN(auto document, stored_document(reader, id));
  const auto parts = parts_of(id);
  if (document || !parts || !store.neighbors) return document;
  RAPPEL_ASSIGN(const auto chunk, reader.chunk_at(parts->first, parts->second));
  if (!chunk) return std::optional<WhySubject>();
  return std::optional(WhySubject{parts->first, id, chunk->metadata});
}

// All candidates to kWhyDepth with those of the document, in the order of fusion.
struct Ranking {
  std::vector<Candidate> candidates;
  std::unordered_set<ChunkKey> own;  // of the document
};

// Chunks of the document that a deep search has not met, with their scores.
Status add_own(StoreReader& reader, std::span<const UsedSignal> signals, const QueryInput& query,
               const std::string& document, Ranking& ranking) {
  std::unordered_set<ChunkKey> known;
  for (const Candidate& candidate : ranking.candidates) known.insert(candidate.key);
  RAPPEL_ASSIGN(auto own, find_candidates(reader, signals,
                                          {kWhyDepth, Filter::document(document), conditions_of(query)}));
  for (Candidate& candidate : own) {
    ranking.own.insert(candidate.key);
    if (known.contains(candidate.key)) continue;
    for (SignalScore& signal : candidate.signals) signal.rank = 0;  // it was one among its own
    ranking.candidates.push_back(std::move(candidate));
  }
  return {};
}

Result<Ranking> rank_deeply(const QueryParts& parts, StoreReader& reader, const QueryInput& query,
                            const std::string& document, const Embedding& embedding,
                            const CallContext& call) {
  const SearchMode mode = mode_of(query, parts.options);
  RAPPEL_ASSIGN(Gathered found, gather_candidates(parts, reader, query, embedding, kWhyDepth, call));
  const std::vector<TokenWeight> weights = token_weights(embedding);
  const StoreInfo store = parts.store.info();
  RAPPEL_ASSIGN(const auto signals, signals_for(query, mode, embedding, weights, store));
  Ranking ranking{std::move(found.candidates), {}};
  RAPPEL_TRY(add_own(reader, signals, query, document, ranking));
  fuse(mode, found.scales, parts.options.weights, ranking.candidates);
  return ranking;
}

// The first of `ranking` that belongs to the subject, with its chunk.
Result<std::optional<Candidate>> best_of(StoreReader& reader, const WhySubject& subject, Ranking ranking,
                                         AnswerMeter& meter) {
  for (Candidate& candidate : ranking.candidates) {
    if (!ranking.own.contains(candidate.key)) continue;
    RAPPEL_TRY(load_chunks(reader, meter, {&candidate, 1}));
    if (subject.is(candidate.chunk.document_id, candidate.chunk.id))
      return std::optional(std::move(candidate));
  }
  return std::optional<Candidate>();
}

// For a chunk that the signals cannot find because of the conditions, which another chunk of its document
// fulfils.
FailedTextCondition of_the_chunk() {
  return {"", "the chunk does not fulfil the conditions on the text, but another one of its document does"};
}

bool went_on(const WhySubject& subject, const QueryWork& work, WhyEvidence& evidence) {
  for (const Candidate& candidate : work.candidates)
    if (subject.is(candidate.chunk.document_id, candidate.chunk.id)) evidence.candidates.push_back(candidate);
  const auto& joined = work.explanation->joined;
  return !evidence.candidates.empty() ||
         std::any_of(joined.begin(), joined.end(),
                     [&](const JoinedChunk& one) { return subject.is(one.document_id, one.chunk_id); });
}

}  // namespace

Result<WhyEvidence> look_up(const QueryParts& parts, const WhyInput& input, const Embedding& embedding,
                            const QueryWork& work, StoreReader& reader, const RequestContext& context) {
  const QueryInput& query = input.query;
  RAPPEL_ASSIGN(auto found, find_subject(reader, parts.store.info(), input.document_id));
  WhyEvidence evidence{.subject = std::move(found)};
  if (!evidence.subject) return evidence;
  const WhySubject& subject = *evidence.subject;
  evidence.failed = failed_condition(query.filter, subject.document_id, *subject.metadata);
  if (evidence.failed) return evidence;
  RAPPEL_ASSIGN(evidence.failed_text,
                failed_text_condition(reader, conditions_of(query), subject.document_id));
  if (evidence.failed_text || went_on(subject, work, evidence)) return evidence;
  RAPPEL_ASSIGN(Ranking ranking, rank_deeply(parts, reader, query, subject.document_id, embedding, context));
  AnswerMeter meter(context.memory, "ask for another document");
  RAPPEL_ASSIGN(auto best, best_of(reader, subject, std::move(ranking), meter));
  if (best) {
    evidence.candidates.push_back(*std::move(best));
    evidence.behind_depth = true;
  } else if (!subject.chunk_id.empty() && !conditions_of(query).empty()) {
    evidence.failed_text = of_the_chunk();
  }
  return evidence;
}

}  // namespace rappel
