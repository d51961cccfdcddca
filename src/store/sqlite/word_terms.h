// The words of chunks and queries as terms of their index, so that the sum over the terms of a row is its
// BM25 score (text/words/bm25.h).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "index/postings/postings_index.h"
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

std::vector<TermImpact> chunk_terms(WordCutter& cutter, std::string_view text, WordLanguage language);

// Without the words that no chunk has.
std::vector<WeightedTerm> query_terms(WordCutter& cutter, std::string_view text,
                                      std::span<const WordLanguage> languages, const PostingsIndex& words);

// As DocumentStore::best_score().
double best_bm25(WordCutter& cutter, std::string_view text, std::span<const WordLanguage> languages,
                 const PostingsIndex& words);

}  // namespace rappel::sqlite
