// Highlights: where a text has the words of a query, and which of its sentences has the most of them.
//
// Words are those of the index (text/words/words.h): inflected forms, the parts of compounds and pairs of
// ideographs are found. Both are stemmed in the language that the text itself shows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"
#include "text/words/words.h"

namespace rappel {

// A part of a query between white space; several words if it is a compound or has ideographs.
struct QueryPart {
  std::string text;
  double weight = 0;  // its idf in the store, times a constant
};

// The first 256 parts of a query, each once, and the words that the store guesses for them. They weigh the
// same if the store does not know its words.
Result<std::vector<QueryPart>> weigh_parts(StoreReader& reader, const LexicalSignal& query);

struct Highlights {
  std::vector<TextRange> words;  // ascending, apart
  // The sentence whose words of the query weigh most, each counted once; the first of equal ones. Nothing if
  // no sentence has any.
  std::optional<TextRange> best_sentence;
};

// `text` is valid UTF-8.
Highlights find_highlights(WordCutter& cutter, std::span<const QueryPart> query, std::string_view text);

// Sets the highlights of each result.
void highlight(std::span<const QueryPart> query, std::span<ScoredChunk> results);

}  // namespace rappel
