// Diversity: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). Results that are like those
// before them fall, so that the first ones say different things. Pure functions.
//
// Two candidates are as similar as the cosine of their stored vectors. If the store gives no vectors, the
// angle is that of their texts' fingerprints (text_fingerprint.h); texts that are too short for one are
// similar only if they are equal.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// Candidates among which each result of a diverse answer is chosen.
inline constexpr std::size_t kCandidatesForADiverseResult = 4;

// 0..1
double similarity(const Candidate& a, const Candidate& b);

// Fills in the vectors of the candidates. The reader is the one that found them. Errors of reader and meter.
Status load_vectors(StoreReader& reader, AnswerMeter& meter, std::vector<Candidate>& candidates);

// The first `pool` candidates, which have their chunks, are put in a new order; later ones stay. The next one
// is always that with the greatest (1 - diversity) * score - diversity * (similarity to the most similar one
// before it); of equal ones, the first. 0 changes nothing. Scores stay what they are, so they may rise from
// one candidate to the next.
void diversify(double diversity, std::size_t pool, std::vector<Candidate>& candidates);

}  // namespace rappel
