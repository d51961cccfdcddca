#include "store/sqlite/signal_search.h"

#include <algorithm>
#include <limits>
#include <string>

#include "index/postings/sparse_weights.h"
#include "store/checks.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"
#include "store/sqlite/stored_sparse.h"
#include "store/sqlite/stored_vectors.h"
#include "store/sqlite/text_matcher.h"
#include "store/sqlite/word_guesser.h"

namespace rappel::sqlite {
namespace {

// Candidates of a search for phrases, and of a sparse search: so many more than are wanted; twice as many
// whenever a chunk that is not one of them may be better, but not more than most_candidates(k). The rounding
// of impacts decides between the rest, whose scores hardly differ.
constexpr std::size_t kMoreCandidates = 32;
constexpr std::size_t most_candidates(std::size_t k) { return 2 * k + 256; }

// Both by ascending token.
float sum_of_products(std::span<const TokenWeight> a, std::span<const TokenWeight> b) {
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].token == b[j].token) {
      sum += double(a[i++].weight) * b[j++].weight;
    } else {
      ++(a[i].token < b[j].token ? i : j);
    }
  }
  return static_cast<float>(sum);
}

// Chunks without weights score 0; `all_have`: there must be none.
Status score_weights(Connection& db, std::span<const TokenWeight> query, std::span<RowScore> rows,
                     bool all_have) {
  StoredSparse stored(db);
  for (RowScore& row : rows) {
    RAPPEL_ASSIGN(const auto weights, stored.read(row.row));
    if (!weights && all_have)
      return db.damaged("the weights of row " + std::to_string(row.row) + " are missing");
    row.score = weights ? sum_of_products(query, *weights) : 0;
  }
  return {};
}

std::vector<WeightedToken> tokens_of(std::span<const TokenWeight> weights) {
  std::vector<WeightedToken> tokens;
  for (const auto& [token, weight] : weights) tokens.push_back({token, weight});
  return tokens;
}

void sort_by_row(std::vector<RowScore>& rows) {
  std::sort(rows.begin(), rows.end(), [](const RowScore& a, const RowScore& b) { return a.row < b.row; });
}

void sort_best_first(std::vector<RowScore>& rows) {
  std::sort(rows.begin(), rows.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
}

}  // namespace

template <class Work>
auto SignalSearch::with_words(Connection& db, const Work& work)
    -> Result<decltype(work(std::declval<WordCutter&>()))> {
  PostingsIndex& words = version_.index.words;
  auto made = cache_.cutters().with(work);
  if (!words.is_damaged()) return made;
  RAPPEL_ASSIGN(words, cache_.maker().repaired(db, PostingsKind::kWords, words));
  return cache_.cutters().with(work);
}

Result<std::vector<RowScore>> SignalSearch::search(Connection& db, const SearchRequest& request,
                                                   const Allowed& allowed) {
  std::span<const RowRange> rows;
  if (allowed != nullptr) rows = *allowed;
  const Ranges ranges = allowed == nullptr ? nullptr : &rows;
  if (request.text.empty()) return by_signal(db, request.signal, request.k, ranges);
  return by_texts(db, request, ranges);
}

Result<std::vector<RowScore>> SignalSearch::by_texts(Connection& db, const SearchRequest& request,
                                                     Ranges ranges) {
  RAPPEL_TRY(check_conditions(request.text));
  RAPPEL_ASSIGN(TextMatcher matcher, with_words(db, [&](WordCutter& cutter) {
                  return TextMatcher(request.text, cutter, version_.languages, version_.index.words);
                }));
  std::vector<RowRange> candidates = matcher.candidates();
  if (ranges != nullptr) candidates = intersection(candidates, *ranges);
  const std::span<const RowRange> rows = candidates;
  const std::size_t k = std::min(request.k, version_.index.size());
  if (!matcher.has_phrases()) return by_signal(db, request.signal, k, &rows);
  return cache_.cutters().with([&](WordCutter& cutter) -> Result<std::vector<RowScore>> {
    for (std::size_t wanted = k + kMoreCandidates;; wanted *= 2) {
      RAPPEL_ASSIGN(const std::vector<RowScore> found, by_signal(db, request.signal, wanted, &rows));
      std::vector<RowScore> matching;
      for (auto row = found.begin(); row != found.end() && matching.size() < k; ++row) {
        RAPPEL_ASSIGN(const bool matches, matcher.matches(db, cutter, row->row));
        if (matches) matching.push_back(*row);
      }
      if (matching.size() == k || found.size() < wanted) return matching;
    }
  });
}

Result<std::vector<RowScore>> SignalSearch::by_signal(Connection& db, const SearchSignal& signal,
                                                      std::size_t k, Ranges ranges) {
  if (const auto* vector = std::get_if<DenseSignal>(&signal)) return dense(db, vector->vector, k, ranges);
  if (const auto* words = std::get_if<LexicalSignal>(&signal)) return lexical(db, *words, k, ranges);
  if (const auto* tokens = std::get_if<SparseSignal>(&signal)) return sparse(db, tokens->weights, k, ranges);
  return match(db, k, ranges);
}

Result<std::vector<RowScore>> SignalSearch::dense(Connection& db, std::span<const float> vector,
                                                  std::size_t k, Ranges ranges) {
  const DenseIndex& index = version_.index.dense;
  RAPPEL_TRY(check_query_vector(vector, index.dimension()));
  StoredVectors vectors(db, index.dimension());
  const DenseRequest request{.query = vector, .k = k, .ranges = ranges, .pool = pool_};
  RAPPEL_ASSIGN(std::vector<RowScore> found,
                index.search(request, [&](std::span<RowScore> rows) { return vectors.score(vector, rows); }));
  // A file that was changed under the server: slow once, and the next reader has another index.
  if (index.is_damaged()) return vectors.scan(vector, k, ranges);
  const std::vector<RowRange> unread = index.unread();
  if (unread.empty()) return found;
  const std::vector<RowRange> lost = ranges == nullptr ? unread : intersection(unread, *ranges);
  const std::span<const RowRange> lost_rows = lost;
  RAPPEL_ASSIGN(const std::vector<RowScore> more, vectors.scan(vector, k, &lost_rows));
  found.insert(found.end(), more.begin(), more.end());
  sort_best_first(found);
  if (found.size() > k) found.resize(k);
  return found;
}

Result<std::vector<RowScore>> SignalSearch::lexical(Connection& db, const LexicalSignal& signal,
                                                    std::size_t k, Ranges ranges) {
  return with_words(db, [&](WordCutter& cutter) {
    const PostingsIndex& words = version_.index.words;
    const std::vector<WeightedTerm> terms = query_terms(cutter, signal, version_.languages, words);
    return words.search({.query = terms, .k = k, .ranges = ranges, .pool = pool_});
  });
}

Result<std::vector<RowScore>> SignalSearch::sparse(Connection& db, std::span<const TokenWeight> weights,
                                                   std::size_t k, Ranges ranges) {
  RAPPEL_TRY(check_query_weights(weights));
  PostingsIndex& index = version_.index.sparse;
  k = std::min(k, index.size());
  if (k == 0) return std::vector<RowScore>();
  const SparseQuery query = sparse_query(tokens_of(weights), index);
  std::vector<RowScore> scored;
  for (std::size_t wanted = k + kMoreCandidates;; wanted = std::min(2 * wanted, most_candidates(k))) {
    std::vector<RowScore> found =
        index.search({.query = query.terms, .k = wanted, .ranges = ranges, .pool = pool_});
    if (index.is_damaged()) {
      RAPPEL_ASSIGN(index, cache_.maker().repaired(db, PostingsKind::kSparse, index));
      return sparse(db, weights, k, ranges);
    }
    const bool last = found.size() < wanted || wanted == most_candidates(k);
    const float bound = found.empty() ? 0 : found.back().score + query.slack;
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(scored.size()));
    sort_by_row(found);  // neighbours share pages of the table
    RAPPEL_TRY(score_weights(db, weights, found, /*all_have=*/true));
    scored.insert(scored.end(), found.begin(), found.end());
    std::vector<RowScore> best = scored;
    sort_best_first(best);
    if (!last && !(bound < best[k - 1].score)) continue;
    if (best.size() > k) best.resize(k);
    return best;
  }
}

// By ascending row.
Result<std::vector<RowScore>> SignalSearch::match(Connection& db, std::size_t k, Ranges ranges) {
  const RowRange everything{0, std::numeric_limits<std::int64_t>::max()};
  const std::span<const RowRange> all(&everything, 1);
  std::vector<RowScore> found;
  for (const RowRange& range : ranges == nullptr ? all : *ranges) {
    RAPPEL_ASSIGN(Statement next,
                  db.prepare("SELECT row FROM chunks WHERE row BETWEEN ?1 AND ?2 ORDER BY row"));
    next.bind(1, range.first).bind(2, range.first + range.count - 1);
    for (;;) {
      if (found.size() == k) return found;
      RAPPEL_ASSIGN(const bool more, next.step());
      if (!more) break;
      found.push_back({next.integer(0), 1});
    }
  }
  return found;
}

std::optional<double> SignalSearch::best_score(const SearchSignal& signal) {
  const auto* const words = std::get_if<LexicalSignal>(&signal);
  if (words == nullptr) return std::nullopt;
  return cache_.cutters().with([&](WordCutter& cutter) {
    return best_bm25(cutter, words->text, version_.languages, version_.index.words);
  });
}

Result<std::vector<WordGuess>> SignalSearch::guesses(Connection& db, const LexicalSignal& signal) {
  return with_words(db, [&](WordCutter& cutter) {
    return guessed_words(cutter.query_words(signal.text, version_.languages), signal, version_.index.words);
  });
}

Status SignalSearch::score(Connection& db, const SearchSignal& signal, std::span<RowScore> rows) {
  if (const auto* vector = std::get_if<DenseSignal>(&signal)) {
    RAPPEL_TRY(check_query_vector(vector->vector, version_.index.dense.dimension()));
    return StoredVectors(db, version_.index.dense.dimension()).score(vector->vector, rows);
  }
  if (const auto* tokens = std::get_if<SparseSignal>(&signal)) {
    RAPPEL_TRY(check_query_weights(tokens->weights));
    return score_weights(db, tokens->weights, rows, /*all_have=*/false);
  }
  if (std::holds_alternative<MatchSignal>(signal)) {
    for (RowScore& row : rows) row.score = 1;
    return {};
  }
  // BM25 comes from the index, restricted to these rows.
  std::vector<RowRange> ranges;
  for (const RowScore& row : rows) ranges.push_back({row.row, 1});
  std::sort(ranges.begin(), ranges.end(),
            [](const RowRange& a, const RowRange& b) { return a.first < b.first; });
  ranges.erase(std::unique(ranges.begin(), ranges.end(),
                           [](const RowRange& a, const RowRange& b) { return a.first == b.first; }),
               ranges.end());
  const std::span<const RowRange> wanted = ranges;
  RAPPEL_ASSIGN(std::vector<RowScore> found,
                lexical(db, std::get<LexicalSignal>(signal), ranges.size(), &wanted));
  sort_by_row(found);
  for (RowScore& row : rows) {
    const auto at = std::lower_bound(found.begin(), found.end(), row,
                                     [](const RowScore& a, const RowScore& b) { return a.row < b.row; });
    row.score = at != found.end() && at->row == row.row ? at->score : 0;
  }
  return {};
}

}  // namespace rappel::sqlite
