// The guesses of a query (text/words/word_guesses.h), by the names of the terms in the index of words.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/postings/postings_index.h"
#include "store/document_store.h"
#include "text/words/words.h"

namespace rappel::sqlite {

// The weight of a word that so many chunks have.
float word_weight(std::uint64_t chunks_with, const PostingsIndex& words);

// Appends the guesses that the signal asks for. `query`: its words, in all languages of the store.
void add_guesses(std::span<const QueryWord> query, const LexicalSignal& signal, const PostingsIndex& words,
                 std::vector<WeightedTerm>& terms);
// The same guesses, as words.
std::vector<WordGuess> guessed_words(std::span<const QueryWord> query, const LexicalSignal& signal,
                                     const PostingsIndex& words);

}  // namespace rappel::sqlite
