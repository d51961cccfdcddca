#include "store/sqlite/word_guesser.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "text/words/bm25.h"
#include "text/words/word_guesses.h"

namespace rappel::sqlite {
namespace {

struct Guess {
  std::uint64_t term = 0;
  std::string name;  // the first of its spellings
  int edits = 0;
  std::uint64_t chunks = 0;  // that have it
};

// Terms with the first of the spellings that were found.
class Candidates {
 public:
  void add(std::string_view name, std::uint64_t term) {
    const auto [found, is_new] = names_.try_emplace(term, name);
    if (!is_new && name < found->second) found->second = name;
  }
  std::unordered_map<std::uint64_t, std::string>& names() { return names_; }

 private:
  std::unordered_map<std::uint64_t, std::string> names_;
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
std::vector<Guess> best_guesses(Candidates candidates, int edits, const PostingsIndex& words) {
  std::vector<Guess> guesses;
  for (auto& [term, name] : candidates.names())
    if (const std::uint64_t chunks = words.rows_with(term); chunks > 0)
      guesses.push_back({term, std::move(name), edits, chunks});
  std::sort(guesses.begin(), guesses.end(), [](const Guess& a, const Guess& b) {
    return a.chunks != b.chunks ? a.chunks > b.chunks : a.term < b.term;
  });
  if (guesses.size() > kMostGuesses) guesses.resize(kMostGuesses);
  return guesses;
}

std::vector<Guess> completions(const QueryWord& word, const PostingsIndex& words) {
  Candidates candidates;
  words.visit_names(word.written, [&](std::string_view name, std::uint64_t term) {
    if (!is_form(word, term)) candidates.add(name, term);
  });
  return best_guesses(std::move(candidates), 0, words);
}

// One edit first: there are far fewer names to compare, and words with two do not count then.
std::vector<Guess> similar_words(const QueryWord& word, const PostingsIndex& words) {
  std::vector<Guess> guesses;
  for (int most = 1; most <= most_edits(word.written) && guesses.empty(); ++most) {
    Candidates candidates;
    words.visit_similar_names(word.written, most,
                              [&](std::string_view name, std::uint64_t term) { candidates.add(name, term); });
    guesses = best_guesses(std::move(candidates), most, words);
  }
  return guesses;
}

// Calls use(word, guesses, factor) for each word that has guesses.
template <class Use>
void visit_guesses(std::span<const QueryWord> query, const LexicalSignal& signal, const PostingsIndex& words,
                   const Use& use) {
  for (const QueryWord& word : query) {
    if (word.written.empty()) continue;
    std::vector<Guess> guesses;
    if (signal.prefix && word.unfinished && can_complete(word.written)) guesses = completions(word, words);
    float factor = kCompletedFactor;
    if (guesses.empty() && signal.typos && most_edits(word.written) > 0 && !is_known(word, words)) {
      guesses = similar_words(word, words);
      if (!guesses.empty()) factor = edits_factor(guesses.front().edits);
    }
    if (!guesses.empty()) use(word, guesses, factor);
  }
}

}  // namespace

float word_weight(std::uint64_t chunks_with, const PostingsIndex& words) {
  return bm25_idf(chunks_with, words.size()) * static_cast<float>(kBm25Unit);
}

void add_guesses(std::span<const QueryWord> query, const LexicalSignal& signal, const PostingsIndex& words,
                 std::vector<WeightedTerm>& terms) {
  visit_guesses(query, signal, words, [&](const QueryWord&, const std::vector<Guess>& guesses, float factor) {
    std::uint64_t chunks = 0;
    for (const Guess& guess : guesses) chunks += guess.chunks;
    for (const Guess& guess : guesses) terms.push_back({guess.term, word_weight(chunks, words) * factor});
  });
}

std::vector<WordGuess> guessed_words(std::span<const QueryWord> query, const LexicalSignal& signal,
                                     const PostingsIndex& words) {
  std::vector<WordGuess> guessed;
  visit_guesses(query, signal, words, [&](const QueryWord& word, const std::vector<Guess>& guesses, float) {
    WordGuess& one = guessed.emplace_back(WordGuess{word.written, {}});
    for (const Guess& guess : guesses) one.guesses.push_back(guess.name);
  });
  return guessed;
}

}  // namespace rappel::sqlite
