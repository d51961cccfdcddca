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

constexpr Signal kSignals[] = {
    {"dense", dense_request, dense_score},
};

}  // namespace

std::span<const Signal> query_signals() { return kSignals; }

}  // namespace rappel
