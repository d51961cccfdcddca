// The budget of an answer: how much text all its results have together, in characters (code points) and in
// tokens of the embedding model, as a prompt has room for it.
//
// Results are given in their order, until one does not fit; it and all later ones are left out. The first one
// is always given: if it alone is too long, its text ends at the last sentence end that fits, else at the
// last white space, else within a word, between two characters.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"
#include "text/tokenizer.h"

namespace rappel {

// The tokens of a text (Embedder::token_ranges).
using TokenRanges = std::function<Result<std::vector<ByteRange>>(std::string_view text)>;

// Removes the results that do not fit and returns their number. A text that was cut is marked `shortened`;
// its range in the document, highlights and best sentence end with it. Errors of `tokens`, which is called
// only if shape.max_tokens is set.
Result<std::size_t> apply_budget(const AnswerShape& shape, const TokenRanges& tokens,
                                 std::vector<ScoredChunk>& results);

}  // namespace rappel
