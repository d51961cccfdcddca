// The last part of an explanation: which candidates became results, and what the stages of presentation did
// with the others.
#pragma once

#include <cstddef>
#include <span>

#include "retrieve/explain.h"
#include "retrieve/types.h"

namespace rappel {

// After explain_candidates(). `ordered`: the candidates that reach min_score, in the order of the answer,
// which diversity may have changed; they have their chunks. The first `wanted` results are those of all
// pages.
void explain_choice(std::span<const Candidate> ordered, std::size_t wanted, double min_score,
                    QueryExplanation& query);

// The page has the first `given` results; of the others, `cut` did not fit into the budget of the answer, and
// the rest are on later pages.
void explain_page(std::size_t given, std::size_t cut, QueryExplanation& query);

}  // namespace rappel
