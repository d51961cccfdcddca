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
  std::size_t fused_rank = 0;               // from 1
  double fused_score = 0;                   // relevance by fusion, before reranking
  std::optional<double> rerank_score = {};  // the reranker's own; nothing: it did not read the chunk
  std::size_t rank = 0;                     // after the last stage that scores, from 1
};

struct ExplainedSignal {
  std::string_view signal;
  std::size_t hits = 0;        // chunks that it found
  double floor = 0, full = 1;  // the scores that are 0 and 1 on the absolute scale
  double confidence = 1;       // 0..1 (fusion.h)
  double weight = 0;
};

// A signal of the mode that did not search.
struct LackingSignal {
  std::string_view signal;
  std::string_view reason;
};

// A candidate that all stages have scored.
struct ExplainedCandidate {
  std::string chunk_id, document_id;
  double score = 0;  // as of a result
  Explanation explanation;
};

// How one query was answered. The counts are of candidates.
struct QueryExplanation {
  std::string_view mode;
  std::vector<ExplainedSignal> signals;
  std::vector<LackingSignal> lacking;
  double plausibility = 1;   // factor of all scores (plausibility.h)
  double rerank_weight = 0;  // of the reranker's scores; 0: it was not asked
  std::size_t found = 0;     // by any signal
  std::size_t kept = 0;      // by fusion, for the later stages
  std::size_t reranked = 0;  // read by the reranker
  std::size_t below_min_score = 0;
  std::size_t not_shown = 0;  // not below min_score, and no result: beyond top_k, or in another's section
  std::string text;           // the words that models and signals saw
  std::vector<WordGuess> guesses;              // of words that the lexical signal took for others
  std::optional<QueryReading> reading = {};    // if the query asked for syntax
  std::vector<ExplainedCandidate> candidates;  // best first, also those that are not among the results
};

// After fusion: `candidates` are all that were found, `kept` of them go on.
QueryExplanation explain_fusion(SearchMode mode, const StoreInfo& store, std::span<const SignalScale> scales,
                                const FusionWeights& weights, std::span<const Candidate> candidates,
                                std::size_t kept);

// After the last stage that scores, in whose order the candidates are; they have their chunks.
void explain_candidates(std::span<const Candidate> candidates, QueryExplanation& query);

// That of the chunk; null: it is no candidate.
const ExplainedCandidate* find_explained(const QueryExplanation& query, std::string_view chunk_id);

}  // namespace rappel
