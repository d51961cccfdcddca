#include "retrieve/explain.h"

#include <algorithm>
#include <utility>

#include "retrieve/types.h"

namespace rappel {
namespace {

bool store_has(const StoreInfo& store, SignalKind kind) {
  switch (kind) {
    case SignalKind::kDense: return store.dense;
    case SignalKind::kSparse: return store.sparse;
    case SignalKind::kLexical: return store.lexical;
    case SignalKind::kMatch: return true;
  }
  return false;
}

std::vector<LackingSignal> lacking_signals(SearchMode mode, const StoreInfo& store,
                                           std::span<const SignalScale> scales) {
  std::vector<LackingSignal> lacking;
  for (const SignalKind kind : info_of(mode).signals) {
    const bool used = std::any_of(scales.begin(), scales.end(),
                                  [&](const SignalScale& scale) { return scale.kind == kind; });
    if (used) continue;
    lacking.push_back({signal_of(kind).name, store_has(store, kind) ? "the model gives none for this query"
                                                                    : "the store cannot search by it"});
  }
  return lacking;
}

}  // namespace

QueryExplanation explain_fusion(SearchMode mode, const StoreInfo& store, std::span<const SignalScale> scales,
                                const FusionWeights& weights, std::span<const Candidate> candidates,
                                std::size_t kept) {
  QueryExplanation out;
  out.mode = info_of(mode).name;
  out.lacking = lacking_signals(mode, store, scales);
  out.found = candidates.size();
  out.kept = std::min(kept, candidates.size());
  const std::vector<double> shares = weights_of(scales, weights);
  for (std::size_t s = 0; s < scales.size(); ++s) {
    const auto hits = std::count_if(candidates.begin(), candidates.end(),
                                    [&](const Candidate& one) { return one.signals[s].rank > 0; });
    out.signals.push_back({signal_of(scales[s].kind).name, static_cast<std::size_t>(hits), scales[s].floor,
                           scales[s].full, scales[s].confidence, shares[s]});
  }
  return out;
}

void explain_candidates(std::span<const Candidate> candidates, QueryExplanation& query) {
  for (const Candidate& candidate : candidates) {
    Explanation one{.fused_rank = candidate.fused_rank,
                    .fused_score = candidate.fused_score,
                    .rerank_score = candidate.rerank_score,
                    .rank = query.candidates.size() + 1};
    for (std::size_t s = 0; s < query.signals.size(); ++s) {
      const SignalScore& signal = candidate.signals[s];
      one.signals.push_back(
          {query.signals[s].signal, signal.rank, signal.score, signal.part, query.signals[s].weight});
    }
    query.candidates.push_back({candidate.chunk.id, candidate.chunk.document_id,
                                candidate.score * query.plausibility, std::move(one)});
  }
}

const ExplainedCandidate* find_explained(const QueryExplanation& query, std::string_view chunk_id) {
  const auto found =
      std::find_if(query.candidates.begin(), query.candidates.end(),
                   [&](const ExplainedCandidate& candidate) { return candidate.chunk_id == chunk_id; });
  return found == query.candidates.end() ? nullptr : &*found;
}

}  // namespace rappel
