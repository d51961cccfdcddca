// Explanations: which part each signal and stage has in an answer, for QueryInput::explain. Data, and the
// functions that take it from candidates.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "retrieve/fusion.h"
#include "retrieve/reading.h"
#include "retrieve/why_reason.h"
#include "store/document_store.h"

namespace rappel {

// One signal and one chunk.
struct SignalPart {
  std::string_view signal;  // "dense"
  std::size_t rank = 0;     // among all chunks that match the filter, from 1; 0: not among the signal's hits
  double score = 0;         // as the store gave it
  double part = 0;          // on the signal's absolute scale (fusion.h)
  double weight = 0;        // of the part in the fused sum; the weights of all signals sum to 1
};

// The way of one chunk through the stages. A section has that of its best chunk.
struct Explanation {
  std::vector<SignalPart> signals;
  std::size_t fused_rank = 0;  // from 1
  double fused_score = 0;      // relevance by fusion, before reranking
  // MaxSim (colbert.h) and the rank by it. Nothing: the mode has no ColBERT, or the chunk came too late for
  // it.
  std::optional<double> colbert_score = {};
  std::size_t colbert_rank = 0;
  // The reranker's own score and the rank by it. Nothing: it did not read the chunk.
  std::optional<double> rerank_score = {};
  std::size_t rerank_rank = 0;
  std::size_t rank = 0;  // after the last stage that scores, from 1
};

struct ExplainedSignal {
  std::string_view signal;
  std::size_t hits = 0;        // chunks that it found
  double floor = 0, full = 1;  // the scores that are 0 and 1 on the absolute scale
  double confidence = 1;       // 0..1 (fusion.h)
  double weight = 0;
  double milliseconds = 0;  // of its search, a part of StageTimes::search
};

// A signal of the mode, or ColBERT, that took no part.
struct LackingSignal {
  std::string_view signal;
  std::string_view reason;
};

// A candidate that all stages have scored.
struct ExplainedCandidate {
  std::string chunk_id, document_id;
  double score = 0;  // as of a result
  Explanation explanation;
  std::size_t unit = 0;                   // candidates with the same one are in one result
  WhyReason fate = WhyReason::kInAnswer;  // of those from kBelowMinScore on, without kRerankLate
  std::size_t place = 0;                  // of its result among those of all pages, from 1; 0: it is none
  std::string result_id = {};             // the result in whose favor it is none of its own; "": none
};

// A chunk for which an earlier candidate stands.
struct JoinedChunk {
  std::string chunk_id, document_id;
  std::size_t fused_rank = 0;
  WhyReason fate = WhyReason::kCollapsed;  // or kNearDuplicate
  std::string result_id;                   // the earlier candidate
};

// Candidates that a stage dropped.
struct DropCount {
  const WhyReasonInfo* reason = nullptr;  // never null
  std::size_t count = 0;                  // > 0
};

// How one query was answered. The counts are of candidates.
struct QueryExplanation {
  std::string_view mode;
  std::vector<ExplainedSignal> signals;
  std::vector<LackingSignal> lacking;
  double plausibility = 1;   // factor of all scores (plausibility.h)
  double rerank_weight = 0;  // of the reranker's scores, also of those that it had no time for; 0: not asked
  std::size_t found = 0;     // by any signal
  std::size_t kept = 0;      // by fusion, for the later stages
  std::size_t reranked = 0;  // read by the reranker
  std::size_t unread = 0;    // by the reranker, because its time was bounded
  std::size_t below_min_score = 0;
  std::size_t not_shown = 0;  // not below min_score, and no result: beyond top_k, or in another's section
  std::string text;           // the words that models and signals saw
  std::vector<WordGuess> guesses;              // of words that the lexical signal took for others
  std::optional<QueryReading> reading = {};    // if the query asked for syntax
  std::vector<ExplainedCandidate> candidates;  // best first, also those that are not among the results
  std::vector<JoinedChunk> joined;             // in the order of fusion
};

// After fusion: `candidates` are all that were found.
QueryExplanation explain_fusion(SearchMode mode, const StoreInfo& store, std::span<const SignalScale> scales,
                                const FusionWeights& weights, std::span<const Candidate> candidates);

// After the last stage that scores, in whose order the candidates are; they have their chunks. `in_sections`:
// candidates of the same section are in one result.
void explain_candidates(std::span<const Candidate> candidates, bool in_sections, QueryExplanation& query);

// The candidates that each stage dropped, in the order of the stages.
std::vector<DropCount> dropped(const QueryExplanation& query);

// That of the chunk; null: it is no candidate.
const ExplainedCandidate* find_explained(const QueryExplanation& query, std::string_view chunk_id);

}  // namespace rappel
