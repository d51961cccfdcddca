// Bounds of an AnswerShape (types.h).
#pragma once

#include <cstddef>

#include "base/status.h"
#include "retrieve/types.h"

namespace rappel {

inline constexpr std::size_t kMostNeighbors = 20;

// kInvalidArgument: `neighbors` above kMostNeighbors or together with sections, `diversity` outside 0..1,
// a budget of 0.
Status check_shape(const AnswerShape& shape, ResultUnit unit);

// Whether some candidates are no results of their own (distinct_chunks.h).
inline bool joins_candidates(const AnswerShape& shape) { return shape.collapse || shape.fold_duplicates; }

}  // namespace rappel
