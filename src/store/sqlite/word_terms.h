// The words of chunks and queries as terms of their index, so that the sum over the terms of a row is its
// BM25 score (text/words/bm25.h).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/postings/postings_index.h"
#include "store/document_store.h"
#include "text/words/words.h"

namespace rappel::sqlite {

// Lends cutters, of which each thread needs its own. Thread-safe.
class WordCutters {
 public:
  template <class Work>
  auto with(const Work& work) {
    std::unique_ptr<WordCutter> cutter = take();
    struct GiveBack {
      WordCutters& cutters;
      std::unique_ptr<WordCutter>& cutter;
      ~GiveBack() { cutters.give_back(std::move(cutter)); }
    } const give_back{*this, cutter};
    return work(*cutter);
  }

 private:
  static constexpr std::size_t kIdle = 16;
  std::unique_ptr<WordCutter> take();
  void give_back(std::unique_ptr<WordCutter> cutter);

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCutter>> idle_;
};

// The terms of a chunk with the ways to write them, for the index.
struct ChunkTerms {
  std::vector<TermImpact> terms;
  std::vector<WordSpelling> spellings;
  std::string letters;
};
ChunkTerms chunk_terms(WordCutter& cutter, std::string_view text, WordLanguage language);
void append_chunk(std::int64_t row, const ChunkTerms& chunk, PostingsIndexBuilder& to);

// Without the words that no chunk has; with the guesses that the signal asks for.
std::vector<WeightedTerm> query_terms(WordCutter& cutter, const LexicalSignal& signal,
                                      std::span<const WordLanguage> languages, const PostingsIndex& words);

// As DocumentStore::best_score().
double best_bm25(WordCutter& cutter, std::string_view text, std::span<const WordLanguage> languages,
                 const PostingsIndex& words);

}  // namespace rappel::sqlite
