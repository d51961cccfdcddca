#include "store/sqlite/word_terms.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "store/sqlite/word_guesser.h"
#include "text/words/bm25.h"

namespace rappel::sqlite {

std::unique_ptr<WordCutter> WordCutters::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto cutter = std::move(idle_.back());
      idle_.pop_back();
      return cutter;
    }
  }
  return std::make_unique<WordCutter>();
}

void WordCutters::give_back(std::unique_ptr<WordCutter> cutter) {
  const std::lock_guard lock(mutex_);
  if (idle_.capacity() < kIdle) idle_.reserve(kIdle);
  if (idle_.size() < kIdle) idle_.push_back(std::move(cutter));
}

ChunkTerms chunk_terms(WordCutter& cutter, std::string_view text, WordLanguage language) {
  ChunkWords words;
  cutter.count(text, language, words);
  std::vector<TermImpact> terms;
  terms.reserve(words.words.size());
  for (const WordCount& word : words.words)
    terms.push_back({word.word, bm25_impact(word.count, words.length)});
  return {std::move(terms), std::move(words.spellings), std::move(words.letters)};
}

void append_chunk(std::int64_t row, const ChunkTerms& chunk, PostingsIndexBuilder& to) {
  std::vector<TermName> names;
  names.reserve(chunk.spellings.size());
  for (const WordSpelling& spelling : chunk.spellings)
    names.push_back({spelling.word, std::string_view(chunk.letters).substr(spelling.begin, spelling.length)});
  to.append(row, chunk.terms, names);
}

std::vector<WeightedTerm> query_terms(WordCutter& cutter, const LexicalSignal& signal,
                                      std::span<const WordLanguage> languages, const PostingsIndex& words) {
  std::vector<WeightedTerm> terms;
  for (const std::uint64_t word : cutter.query(signal.text, languages))
    if (const std::uint64_t with = words.rows_with(word); with > 0)
      terms.push_back({word, word_weight(with, words)});
  if (signal.typos || signal.prefix)
    add_guesses(cutter.query_words(signal.text, languages), signal, words, terms);
  return terms;
}

double best_bm25(WordCutter& cutter, std::string_view text, std::span<const WordLanguage> languages,
                 const PostingsIndex& words) {
  const std::vector<QueryWord> query = cutter.query_words(text, languages);
  std::unordered_map<std::uint64_t, std::uint64_t> rows_with;  // of the forms that some chunk has
  for (const std::uint64_t word : cutter.query(text, languages))
    if (const std::uint64_t with = words.rows_with(word); with > 0) rows_with[word] = with;
  double best = 0;
  for (std::size_t language = 0; language < std::max<std::size_t>(languages.size(), 1); ++language) {
    std::unordered_set<std::uint64_t> counted;
    double sum = 0;
    const auto count = [&](std::uint64_t word, std::uint64_t with) {
      if (word != 0 && counted.insert(word).second) sum += bm25_idf(with, words.size());
    };
    for (const QueryWord& word : query) {
      const FormHashes& forms = word.forms[language];
      bool known = false;  // in some language
      for (const FormHashes& others : word.forms)
        known = known || rows_with.contains(others.form) || rows_with.contains(others.unmarked);
      if (!known) count(forms.form, 0);
      for (const std::uint64_t form : {forms.form, forms.unmarked})
        if (const auto found = rows_with.find(form); found != rows_with.end()) count(form, found->second);
    }
    best = std::max(best, sum * (kBm25K1 + 1));
  }
  return best;
}

}  // namespace rappel::sqlite
