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

// The rank of each candidate by one of its scores, among those that have it; 0: it has none.
std::vector<std::size_t> ranks_by(std::span<const Candidate> candidates,
                                  std::optional<double> Candidate::*score) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (candidates[i].*score) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return *(candidates[a].*score) > *(candidates[b].*score);
  });
  std::vector<std::size_t> ranks(candidates.size());
  for (std::size_t i = 0; i < order.size(); ++i) ranks[order[i]] = i + 1;
  return ranks;
}

}  // namespace

QueryExplanation explain_fusion(SearchMode mode, const StoreInfo& store, std::span<const SignalScale> scales,
                                const FusionWeights& weights, std::span<const Candidate> candidates) {
  QueryExplanation out;
  out.mode = info_of(mode).name;
  out.lacking = lacking_signals(mode, store, scales);
  out.found = candidates.size();
  const std::vector<double> shares = weights_of(scales, weights);
  for (std::size_t s = 0; s < scales.size(); ++s) {
    const auto hits = std::count_if(candidates.begin(), candidates.end(),
                                    [&](const Candidate& one) { return one.signals[s].rank > 0; });
    out.signals.push_back({signal_of(scales[s].kind).name, static_cast<std::size_t>(hits), scales[s].floor,
                           scales[s].full, scales[s].confidence, shares[s]});
  }
  return out;
}

void explain_candidates(std::span<const Candidate> candidates, bool in_sections, QueryExplanation& query) {
  const auto by_colbert = ranks_by(candidates, &Candidate::colbert_score);
  const auto by_reranker = ranks_by(candidates, &Candidate::rerank_score);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    Explanation one{.fused_rank = candidate.fused_rank,
                    .fused_score = candidate.fused_score,
                    .colbert_score = candidate.colbert_score,
                    .colbert_rank = by_colbert[i],
                    .rerank_score = candidate.rerank_score,
                    .rerank_rank = by_reranker[i],
                    .rank = i + 1};
    for (std::size_t s = 0; s < query.signals.size(); ++s) {
      const SignalScore& signal = candidate.signals[s];
      one.signals.push_back(
          {query.signals[s].signal, signal.rank, signal.score, signal.part, query.signals[s].weight});
    }
    query.candidates.push_back({.chunk_id = candidate.chunk.id,
                                .document_id = candidate.chunk.document_id,
                                .score = candidate.score * query.plausibility,
                                .explanation = std::move(one),
                                .unit = in_sections ? candidate.section : i});
  }
}

std::vector<DropCount> dropped(const QueryExplanation& query) {
  std::vector<std::size_t> counts(why_reasons().size());
  const auto count = [&](WhyReason reason) -> std::size_t& {
    return counts[static_cast<std::size_t>(reason)];
  };
  count(WhyReason::kBehindDepth) = query.found - std::min(query.found, query.kept + query.joined.size());
  for (const JoinedChunk& chunk : query.joined) ++count(chunk.fate);
  for (const ExplainedCandidate& candidate : query.candidates) ++count(candidate.fate);
  std::vector<DropCount> out;
  for (const WhyReasonInfo& info : why_reasons())
    if (info.reason != WhyReason::kInAnswer && count(info.reason) > 0)
      out.push_back({&info, count(info.reason)});
  return out;
}

const ExplainedCandidate* find_explained(const QueryExplanation& query, std::string_view chunk_id) {
  const auto found =
      std::find_if(query.candidates.begin(), query.candidates.end(),
                   [&](const ExplainedCandidate& candidate) { return candidate.chunk_id == chunk_id; });
  return found == query.candidates.end() ? nullptr : &*found;
}

}  // namespace rappel
