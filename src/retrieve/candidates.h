// Candidates: the first stage of a query. Each signal searches the store once.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// What one signal found, best first.
struct SignalHits {
  Signal signal = Signal::kDense;
  std::vector<Hit> hits;
};

// At most `depth` hits of each signal that match the filter.
Result<std::vector<SignalHits>> find_candidates(StoreReader& reader, std::span<const float> dense,
                                                std::size_t depth, const Filter& filter);

// Fills in the chunk of each candidate. The reader must be the one that found them.
Status load_chunks(StoreReader& reader, std::vector<Candidate>& candidates);

}  // namespace rappel
