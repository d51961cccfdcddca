// Candidates: the first stage of a query. Each signal searches the store once; then each chunk that one of
// them found is scored by all of them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/signals.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// A signal with what it searches for. Its vector, text and weights are the caller's.
struct UsedSignal {
  const Signal* signal = nullptr;  // never null
  SearchSignal search;
};

// The signals of `kinds` that can search for this query. kUnsupported if none can.
Result<std::vector<UsedSignal>> usable_signals(std::span<const SignalKind> kinds, const SignalQuery& query);

struct CandidateSearch {
  std::size_t depth = 0;  // hits of each signal
  const Filter& filter;
  const TextConditions& text;
  // Told the number of each signal after it has searched, and again after it has scored. May be empty.
  std::function<void(std::size_t signal)> worked = {};
};

// Each chunk that a signal found among its first `depth`, once, in the order in which they were found.
// candidate.signals[i] is by signals[i]: its rank, 0 if the chunk is not among its hits, and its score.
Result<std::vector<Candidate>> find_candidates(StoreReader& reader, std::span<const UsedSignal> signals,
                                               const CandidateSearch& search);

// Fills in the chunk of each candidate. The reader must be the one that found them. The chunks are counted as
// they are read, a few at a time; errors of `meter` leave the rest unread.
Status load_chunks(StoreReader& reader, AnswerMeter& meter, std::span<Candidate> candidates);

}  // namespace rappel
