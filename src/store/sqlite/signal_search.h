// SignalSearch: the chunks of one snapshot, found and scored by each signal. The index chooses candidates;
// the database has what dense and sparse scores are made of.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "store/document_store.h"
#include "store/sqlite/index_cache.h"

namespace rappel::sqlite {

class Connection;

class SignalSearch {
 public:
  // The rows that a filter allows; null: all.
  using Allowed = std::shared_ptr<const std::vector<RowRange>>;

  // `pool` as in DenseRequest.
  SignalSearch(IndexVersion version, IndexCache& cache, ThreadPool* pool)
      : version_(std::move(version)), cache_(cache), pool_(pool) {}

  std::int64_t commit() const { return version_.commit; }
  // The k best rows that the filter of the request (`allowed`) and its conditions on texts allow, best first;
  // equal scores by ascending row. `db` has the read transaction of the version.
  Result<std::vector<RowScore>> search(Connection& db, const SearchRequest& request, const Allowed& allowed);
  // As StoreReader::best_score().
  std::optional<double> best_score(const SearchSignal& signal);
  // As StoreReader::guesses().
  Result<std::vector<WordGuess>> guesses(Connection& db, const LexicalSignal& signal);
  // Replaces the scores by the exact ones. The rows exist.
  Status score(Connection& db, const SearchSignal& signal, std::span<RowScore> rows);

 private:
  using Ranges = const std::span<const RowRange>*;  // null: all rows
  Result<std::vector<RowScore>> by_signal(Connection& db, const SearchSignal& signal, std::size_t k,
                                          Ranges ranges);
  Result<std::vector<RowScore>> by_texts(Connection& db, const SearchRequest& request, Ranges ranges);
  // The index of words, with damaged files read from the database again after `work`, which is then repeated.
  template <class Work>
  auto with_words(Connection& db, const Work& work) -> Result<decltype(work(std::declval<WordCutter&>()))>;
  Result<std::vector<RowScore>> dense(Connection& db, std::span<const float> vector, std::size_t k,
                                      Ranges ranges);
  Result<std::vector<RowScore>> lexical(Connection& db, const LexicalSignal& signal, std::size_t k,
                                        Ranges ranges);
  Result<std::vector<RowScore>> sparse(Connection& db, std::span<const TokenWeight> weights, std::size_t k,
                                       Ranges ranges);
  Result<std::vector<RowScore>> match(Connection& db, std::size_t k, Ranges ranges);

  IndexVersion version_;
  IndexCache& cache_;
  ThreadPool* const pool_;
};

}  // namespace rappel::sqlite
