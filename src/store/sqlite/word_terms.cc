#include "store/sqlite/word_terms.h"

#include <algorithm>

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

std::vector<TermImpact> chunk_terms(WordCutter& cutter, std::string_view text, WordLanguage language) {
  ChunkWords words;
  cutter.count(text, language, words);
  std::vector<TermImpact> terms;
  terms.reserve(words.words.size());
  for (const WordCount& word : words.words)
    terms.push_back({word.word, bm25_impact(word.count, words.length)});
  return terms;
}

std::vector<WeightedTerm> query_terms(WordCutter& cutter, std::string_view text,
                                      std::span<const WordLanguage> languages, const PostingsIndex& words) {
  std::vector<WeightedTerm> terms;
  for (const std::uint64_t word : cutter.query(text, languages))
    if (const std::uint64_t with = words.rows_with(word); with > 0)
      terms.push_back({word, bm25_idf(with, words.size()) * static_cast<float>(kBm25Unit)});
  return terms;
}

}  // namespace rappel::sqlite
