// The candidates of one query in the order of fusion, as many as become results of their own.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/query.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// One query with what finds its candidates. Refers to what the caller owns.
struct CandidateSource {
  const QueryParts& parts;
  const StoreInfo& store;
  StoreReader& reader;
  AnswerMeter& meter;
  const QueryInput& query;
  const Embedding& embedding;
  const CallContext& call;
};

struct FusedCandidates {
  std::vector<Candidate> candidates;                 // without their chunks
  std::vector<SignalKind> kinds;                     // of Candidate::signals
  double plausibility = 1;                           // plausibility.h
  std::optional<QueryExplanation> explanation = {};  // if the query asks for it
  StageTimes times = {};                             // of search and fusion
};

// At most `wanted` candidates. If the query joins candidates (distinct_chunks.h), each signal looks deeper
// until there are so many, or no other document matches, or, without collapsing, it has looked at 10 000
// hits. Errors of store, embedder and meter, kCancelled.
Result<FusedCandidates> fused_candidates(const CandidateSource& source, std::size_t wanted);

}  // namespace rappel
