#include "index/postings/query_weights.h"

#include <algorithm>
#include <cmath>

namespace rappel {
namespace {

struct Sum {
  std::uint64_t term = 0;
  double weight = 0;
};

// By ascending term, each once. Equal terms are added in the order of their weights, so that the order of the
// query does not matter.
std::vector<Sum> summed(std::span<const WeightedTerm> query) {
  std::vector<Sum> terms;
  for (const WeightedTerm& term : query)
    if (std::isfinite(term.weight) && term.weight > 0) terms.push_back({term.term, term.weight});
  std::sort(terms.begin(), terms.end(), [](const Sum& a, const Sum& b) {
    return a.term != b.term ? a.term < b.term : a.weight < b.weight;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (kept > 0 && terms[kept - 1].term == terms[i].term) {
      terms[kept - 1].weight += terms[i].weight;
    } else {
      terms[kept++] = terms[i];
    }
  }
  terms.resize(kept);
  return terms;
}

void keep_heaviest(std::vector<Sum>& terms) {
  if (terms.size() <= kMostQueryTerms) return;
  const auto end = terms.begin() + static_cast<std::ptrdiff_t>(kMostQueryTerms);
  std::nth_element(terms.begin(), end, terms.end(), [](const Sum& a, const Sum& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.term < b.term;
  });
  terms.erase(end, terms.end());
  std::sort(terms.begin(), terms.end(), [](const Sum& a, const Sum& b) { return a.term < b.term; });
}

}  // namespace

QueryWeights integer_weights(std::span<const WeightedTerm> query) {
  std::vector<Sum> terms = summed(query);
  keep_heaviest(terms);
  QueryWeights weights;
  double total = 0;
  for (const Sum& term : terms) total += term.weight;
  if (terms.empty()) return weights;
  const auto rounded = [](double weight, int exponent) {
    return static_cast<std::uint32_t>(std::max(1.0, std::round(std::ldexp(weight, exponent))));
  };
  // total x 2^exponent is in [2^15, 2^16) at first; rounding up many small weights may need less. Units below
  // 2^-100 could not be scored as floats.
  int exponent = std::min(15 - std::ilogb(total), 100);
  while (true) {
    std::uint64_t sum = 0;
    for (const Sum& term : terms) sum += rounded(term.weight, exponent);
    if (sum <= kWeightSum) break;
    --exponent;
  }
  for (const Sum& term : terms) weights.terms.push_back({term.term, rounded(term.weight, exponent)});
  weights.unit = static_cast<float>(std::ldexp(1.0, -exponent));
  return weights;
}

}  // namespace rappel
