// TextMatcher: which rows fulfil the TextConditions of a search. The index of words says where a phrase may
// be; the texts of candidates decide, one by one, when a search has found them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "index/postings/postings_index.h"
#include "store/document_store.h"
#include "text/words/words.h"

namespace rappel::sqlite {

class Connection;

class TextMatcher {
 public:
  // `languages`: of the store. If `words` is_damaged() afterwards, candidates may be wrong.
  TextMatcher(const TextConditions& conditions, WordCutter& cutter, std::span<const WordLanguage> languages,
              const PostingsIndex& words);

  // The rows that may fulfil the conditions, ascending and disjoint.
  const std::vector<RowRange>& candidates() const { return candidates_; }
  // Whether candidates have to be matched: not all of them fulfil the conditions.
  bool has_phrases() const { return !phrases_.empty() || !without_phrases_.empty(); }
  // Whether the candidate fulfils the conditions, by its text in the snapshot of `db`. Remembers what it
  // found.
  Result<bool> matches(Connection& db, WordCutter& cutter, std::int64_t row);

 private:
  struct Phrase {
    std::vector<std::uint64_t> words;
    std::vector<RowRange> rows;  // that have all of its words
  };
  static Phrase make(const std::vector<PhraseWord>& words, const PostingsIndex& index);
  bool fulfils(const std::vector<std::uint64_t>& words) const;

  std::vector<RowRange> candidates_;
  std::vector<Phrase> phrases_, without_phrases_;
  std::unordered_map<std::int64_t, bool> known_;
};

}  // namespace rappel::sqlite
