#include "store/sqlite/word_guesser.h"

#include <algorithm>
#include <unordered_set>

#include "text/words/bm25.h"
#include "text/words/word_guesses.h"

namespace rappel::sqlite {
namespace {

struct Guess {
  std::uint64_t term = 0;
  int edits = 0;
  std::uint64_t chunks = 0;  // that have it
};

bool is_form(const QueryWord& word, std::uint64_t term) {
  return std::any_of(word.forms.begin(), word.forms.end(),
                     [&](const FormHashes& forms) { return forms.form == term || forms.unmarked == term; });
}

bool is_known(const QueryWord& word, const PostingsIndex& words) {
  return std::any_of(word.forms.begin(), word.forms.end(), [&](const FormHashes& forms) {
    return words.rows_with(forms.form) > 0 || words.rows_with(forms.unmarked) > 0;
  });
}

// The candidates in order, as many as count.
std::vector<Guess> best_guesses(const std::unordered_set<std::uint64_t>& candidates, int edits,
                                const PostingsIndex& words) {
  std::vector<Guess> guesses;
  for (const std::uint64_t term : candidates)
    if (const std::uint64_t chunks = words.rows_with(term); chunks > 0)
      guesses.push_back({term, edits, chunks});
  std::sort(guesses.begin(), guesses.end(), [](const Guess& a, const Guess& b) {
    return a.chunks != b.chunks ? a.chunks > b.chunks : a.term < b.term;
  });
  if (guesses.size() > kMostGuesses) guesses.resize(kMostGuesses);
  return guesses;
}

std::vector<Guess> completions(const QueryWord& word, const PostingsIndex& words) {
  std::unordered_set<std::uint64_t> candidates;
  words.visit_names(word.written, [&](std::string_view, std::uint64_t term) {
    if (!is_form(word, term)) candidates.insert(term);
  });
  return best_guesses(candidates, 0, words);
}

// One edit first: there are far fewer names to compare, and words with two do not count then.
std::vector<Guess> similar_words(const QueryWord& word, const PostingsIndex& words) {
  std::vector<Guess> guesses;
  for (int most = 1; most <= most_edits(word.written) && guesses.empty(); ++most) {
    std::unordered_set<std::uint64_t> candidates;
    words.visit_similar_names(word.written, most,
                              [&](std::string_view, std::uint64_t term) { candidates.insert(term); });
    guesses = best_guesses(candidates, most, words);
  }
  return guesses;
}

}  // namespace

float word_weight(std::uint64_t chunks_with, const PostingsIndex& words) {
  return bm25_idf(chunks_with, words.size()) * static_cast<float>(kBm25Unit);
}

void add_guesses(std::span<const QueryWord> query, const LexicalSignal& signal, const PostingsIndex& words,
                 std::vector<WeightedTerm>& terms) {
  const auto add = [&](const std::vector<Guess>& guesses, float factor) {
    std::uint64_t chunks = 0;
    for (const Guess& guess : guesses) chunks += guess.chunks;
    for (const Guess& guess : guesses) terms.push_back({guess.term, word_weight(chunks, words) * factor});
  };
  for (const QueryWord& word : query) {
    if (word.written.empty()) continue;
    std::vector<Guess> guesses;
    if (signal.prefix && word.unfinished && can_complete(word.written)) guesses = completions(word, words);
    add(guesses, kCompletedFactor);
    if (!guesses.empty() || !signal.typos || most_edits(word.written) == 0 || is_known(word, words)) continue;
    guesses = similar_words(word, words);
    if (!guesses.empty()) add(guesses, edits_factor(guesses.front().edits));
  }
}

}  // namespace rappel::sqlite
