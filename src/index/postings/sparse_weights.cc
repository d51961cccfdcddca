#include "index/postings/sparse_weights.h"

#include <algorithm>
#include <cmath>

namespace rappel {
namespace {

// The part of a weight from `begin` to `begin` + 255 steps.
struct Level {
  std::uint64_t number;
  float begin, step;
};
constexpr Level kLevels[] = {{0, 0, 1.0f / 255}, {1, 1, 1.0f / 16}, {2, 1 + 255.0f / 16, 257}};

std::uint64_t term_of(std::uint32_t token, const Level& level) { return level.number << 32 | token; }

}  // namespace

void append_impacts(std::uint32_t token, float weight, std::vector<TermImpact>& impacts) {
  for (const Level& level : kLevels) {
    if (weight <= level.begin) return;
    const float exact = (weight - level.begin) / level.step;
    const float steps = level.number == 0 ? std::round(exact) : std::ceil(exact);
    impacts.push_back({term_of(token, level), static_cast<std::uint8_t>(std::clamp(steps, 1.0f, 255.0f))});
  }
}

SparseQuery sparse_query(std::span<const WeightedToken> tokens, const PostingsIndex& index) {
  SparseQuery query;
  for (const WeightedToken& one : tokens)
    for (const Level& level : kLevels)
      if (const std::uint64_t term = term_of(one.token, level); index.rows_with(term) > 0)
        query.terms.push_back({term, one.weight * level.step});
  // The search rounds the weights, and keeps the heaviest of very many.
  const QueryWeights rounded = integer_weights(query.terms);
  auto at = rounded.terms.begin();
  std::sort(query.terms.begin(), query.terms.end(),
            [](const WeightedTerm& a, const WeightedTerm& b) { return a.term < b.term; });
  double slack = 0;
  for (const WeightedToken& one : tokens) slack += 0.5 * kLevels[0].step * one.weight;
  for (const WeightedTerm& term : query.terms) {
    const bool kept = at != rounded.terms.end() && at->term == term.term;
    const double weight = kept ? double(at++->weight) * rounded.unit : 0;
    slack += 255 * (std::max(0.0, term.weight - weight) + 1e-6 * term.weight);  // and rounded floats
  }
  query.slack = static_cast<float>(slack);
  return query;
}

}  // namespace rappel
