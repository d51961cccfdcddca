#include "retrieve/signals.h"

#include <algorithm>

namespace rappel {
namespace {

// Dense: cosine similarity of unit vectors. Rounding takes it a little above 1.
std::optional<SearchRequest> dense_request(const SignalQuery& query) {
  if (!query.store.dense) return std::nullopt;
  return SearchRequest::dense(query.embedding.dense, query.depth, query.filter);
}
double dense_score(double cosine) { return std::clamp(cosine, 0.0, 1.0); }

// Lexical: BM25, which has no upper bound.
std::optional<SearchRequest> lexical_request(const SignalQuery& query) {
  if (!query.store.lexical) return std::nullopt;
  return SearchRequest::lexical(query.text, query.depth, query.filter);
}
double lexical_score(double bm25) {
  constexpr double kMiddle = 20;  // about the BM25 of a good answer to a question
  return std::max(bm25, 0.0) / (std::max(bm25, 0.0) + kMiddle);
}

constexpr Signal kSignals[] = {
    {"dense", dense_request, dense_score},
    {"lexical", lexical_request, lexical_score, /*of_embedding=*/false},
};
constexpr std::size_t kOfQueries = 1;  // the first ones

}  // namespace

std::span<const Signal> query_signals() { return std::span(kSignals).first(kOfQueries); }

const Signal* find_signal(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kSignals), std::end(kSignals),
                                         [&](const Signal& signal) { return signal.name == name; });
  return found == std::end(kSignals) ? nullptr : found;
}

}  // namespace rappel
