// Checks of what callers hand to a store, the same for every store: they run before anything is sent or
// written, because some engines accept a wrong dimension or take it as their own.
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"
#include "store/types.h"

namespace rappel {

// Tokens of one chunk that have a weight or a vector. Models read a few thousand tokens of a text.
constexpr std::size_t kMostTokens = 65536;

// Ids, offsets, vectors of `dimension` finite values and unit length, weights (finite, positive, by ascending
// token) and vectors of tokens. kInvalidArgument names document and chunk.
Status check_documents(std::span<const NewDocument> documents, int dimension);

// kInvalidArgument: another number of values, or one that is not finite.
Status check_query_vector(std::span<const float> vector, int dimension);
// kInvalidArgument: not as those of a chunk.
Status check_query_weights(std::span<const TokenWeight> weights);

}  // namespace rappel
