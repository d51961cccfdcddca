// Candidates: the first stage of a query. Each signal searches the store once.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/signals.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// The hits of one signal, best first.
struct SignalHits {
  const Signal* signal = nullptr;  // never null; of the table that was searched by
  std::vector<Hit> hits;
};

// The hits of each signal that searches for this query, in the order of `signals`. kUnsupported if none does.
Result<std::vector<SignalHits>> find_candidates(StoreReader& reader, std::span<const Signal> signals,
                                                const SignalQuery& query);

// Fills in the chunk of each candidate. The reader must be the one that found them. The chunks are counted as
// they are read, a few at a time; errors of `meter` leave the rest unread.
Status load_chunks(StoreReader& reader, AnswerMeter& meter, std::span<Candidate> candidates);

}  // namespace rappel
