// Words that a query may mean instead of the ones that it has: completions of its last word, and similar
// words for one that no chunk has. For callers that ask for them.
//
// All chunks' spellings (WordSpelling) of which the index knows the word are candidates. Their words are
// guesses, ordered by fewest edits, then by most chunks, then by hash; kMostGuesses count. A guess weighs
// less than a word of the query, and all guesses for a word together are taken for one: their idf is that of
// a word that has as many chunks as they have in sum. It is multiplied by the factor below.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/utf8.h"

namespace rappel {

constexpr std::size_t kMostGuesses = 32;
constexpr float kCompletedFactor = 0.5f;
// Edits as in the optimal string alignment: insertions, deletions, replacements, and exchanges of neighbours.
constexpr float edits_factor(int edits) { return edits == 1 ? 0.5f : 0.25f; }

// Edits between a word that no chunk has and a similar one: 0, 1 or 2. Only the guesses with the fewest edits
// count. A number with another digit is another number, so words with digits have none.
inline int most_edits(std::string_view written) {
  constexpr std::size_t kOne = 4, kTwo = 8;  // characters
  if (written.find_first_of("0123456789") != std::string_view::npos) return 0;
  const std::size_t characters = utf8_count(written);
  return characters < kOne ? 0 : characters < kTwo ? 1 : 2;
}

// Whether an unfinished word (QueryWord::unfinished) has enough characters for completions: spellings that
// begin with it.
inline bool can_complete(std::string_view written) { return utf8_count(written) >= 2; }

}  // namespace rappel
