// Fusion: the hits of several signals as one ordered list. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "retrieve/candidates.h"
#include "retrieve/types.h"

namespace rappel {

// Reciprocal rank fusion (RRF, constant 10), scaled so that first by every ranking is 1. Ranks count from 1;
// 0 means not found and adds nothing. The small reranker was evaluated with kFusionConstant (its
// README).
inline constexpr double kFusionConstant = 10;
double reciprocal_rank_score(std::span<const std::size_t> ranks);

// The candidates of all signals, each once, best first, at most `limit`. candidate.signals[i] is the answer
// of found[i]. One signal: its order, scored by Signal::score. Several: ordered and scored by RRF over all of
// them, those without hits included; equal scores keep the order of the first signal.
std::vector<Candidate> fuse(std::span<const SignalHits> found, std::size_t limit);

}  // namespace rappel
