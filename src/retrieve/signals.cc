#include "retrieve/signals.h"

#include <algorithm>

namespace rappel {
namespace {

std::optional<SearchSignal> dense(const SignalQuery& query) {
  if (!query.store.dense || query.dense.empty()) return std::nullopt;
  return DenseSignal{query.dense};
}

std::optional<SearchSignal> sparse(const SignalQuery& query) {
  if (!query.store.sparse || query.sparse.empty()) return std::nullopt;
  return SparseSignal{query.sparse};
}

std::optional<SearchSignal> lexical(const SignalQuery& query) {
  if (!query.store.lexical) return std::nullopt;
  return query.words;
}

std::optional<SearchSignal> match(const SignalQuery&) { return MatchSignal{}; }

constexpr Signal kSignals[] = {
    {SignalKind::kDense, "dense", dense},
    {SignalKind::kSparse, "sparse", sparse},
    {SignalKind::kLexical, "lexical", lexical},
    {SignalKind::kMatch, "match", match},
};

}  // namespace

std::span<const Signal> all_signals() { return kSignals; }

const Signal& signal_of(SignalKind kind) { return kSignals[static_cast<std::size_t>(kind)]; }

std::vector<TokenWeight> token_weights(const Embedding& embedding) {
  std::vector<TokenWeight> weights;
  for (const auto& [token, weight] : embedding.sparse)
    weights.push_back({static_cast<std::uint32_t>(token), weight});
  std::sort(weights.begin(), weights.end(),
            [](const TokenWeight& a, const TokenWeight& b) { return a.token < b.token; });
  return weights;
}

}  // namespace rappel
