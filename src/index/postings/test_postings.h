// Random rows with terms, and the naive twin of PostingsIndex: all rows, one by one, with every term.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "index/postings/block_builder.h"
#include "index/postings/query_weights.h"
#include "index/rows.h"

namespace rappel {

// Term t is in about one of t + 1 rows, so blocks have lists and arrays.
inline std::vector<TermImpact> random_entries(std::mt19937& random, std::uint32_t terms) {
  std::vector<TermImpact> entries;
  for (std::uint32_t term = 0; term < terms; ++term)
    if (random() % (term + 1) == 0) entries.push_back({term, static_cast<std::uint8_t>(1 + random() % 255)});
  return entries;
}

inline std::vector<WeightedTerm> random_query(std::mt19937& random, std::uint32_t terms) {
  std::vector<WeightedTerm> query;
  for (std::uint32_t i = 1 + random() % 12; i > 0; --i)
    query.push_back({random() % (terms + 3), std::uniform_real_distribution<float>(0.01f, 9)(random)});
  return query;
}

class PostingsTwin {
 public:
  void add(std::int64_t row, const std::vector<TermImpact>& entries) { rows_[row] = entries; }
  void remove(RowRange range) {
    rows_.erase(rows_.lower_bound(range.first), rows_.lower_bound(range.first + range.count));
  }
  std::size_t size() const { return rows_.size(); }
  std::vector<std::int64_t> rows() const {
    std::vector<std::int64_t> rows;
    for (const auto& [row, entries] : rows_) rows.push_back(row);
    return rows;
  }
  std::vector<std::int64_t> rows_with_any(std::span<const std::uint64_t> terms) const {
    std::vector<std::int64_t> rows;
    for (const auto& [row, entries] : rows_)
      if (std::any_of(entries.begin(), entries.end(), [&](const TermImpact& entry) {
            return std::find(terms.begin(), terms.end(), entry.term) != terms.end();
          }))
        rows.push_back(row);
    return rows;
  }
  std::vector<RowScore> search(std::span<const WeightedTerm> query, std::size_t k,
                               const std::vector<RowRange>* ranges = nullptr) const {
    const QueryWeights weights = integer_weights(query);
    std::vector<RowScore> found;
    for (const auto& [row, entries] : rows_) {
      const bool allowed = ranges == nullptr ||
                           std::any_of(ranges->begin(), ranges->end(), [row = row](const RowRange& range) {
                             return row >= range.first && row < range.first + range.count;
                           });
      std::uint64_t score = 0;
      for (const TermImpact& entry : entries)
        for (const IntegerWeight& term : weights.terms)
          if (term.term == entry.term) score += std::uint64_t{term.weight} * entry.impact;
      if (allowed && score > 0) found.push_back({row, static_cast<float>(score) * weights.unit});
    }
    std::sort(found.begin(), found.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
    if (found.size() > k) found.resize(k);
    return found;
  }

 private:
  std::map<std::int64_t, std::vector<TermImpact>> rows_;
};

}  // namespace rappel
