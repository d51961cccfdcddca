#include "retrieve/colbert.h"

#include <algorithm>
#include <limits>

#include "embed/embedder.h"

namespace rappel {
namespace {

double dot_product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

Result<std::vector<Embedding>> embed_tokens(Embedder& embedder, std::span<const std::string> texts,
                                            TextRole role, const CallContext& call) {
  return embedder.embed(
      texts, {.dense = false, .colbert = true, .role = role, .flow = call.flow, .cancel = call.cancel});
}

}  // namespace

double max_sim(std::span<const float> query, std::span<const float> passage, std::size_t dimension) {
  if (dimension == 0 || query.size() < dimension || passage.size() < dimension) return 0;
  const std::size_t rows = query.size() / dimension;
  double sum = 0;
  for (std::size_t q = 0; q < rows; ++q) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < passage.size() / dimension; ++p)
      best = std::max(best, dot_product(query.subspan(q * dimension, dimension),
                                        passage.subspan(p * dimension, dimension)));
    sum += best;
  }
  return sum / static_cast<double>(rows);
}

double bge_m3_sum(double dense, double sparse, double colbert) {
  return 0.4 * dense + 0.2 * sparse + 0.4 * colbert;
}

Result<std::vector<double>> colbert_scores(Embedder& embedder, const std::string& query,
                                           std::span<const std::string> passages, const CallContext& call) {
  RAPPEL_ASSIGN(const auto of_query, embed_tokens(embedder, {&query, 1}, TextRole::kQuery, call));
  RAPPEL_ASSIGN(const auto of_passages, embed_tokens(embedder, passages, TextRole::kDocument, call));
  std::vector<double> scores;
  for (const Embedding& passage : of_passages)
    scores.push_back(
        max_sim(of_query[0].colbert, passage.colbert, static_cast<std::size_t>(embedder.dimension())));
  return scores;
}

Status rescore_bge_m3(Embedder& embedder, const std::string& query, std::span<const SignalKind> kinds,
                      std::size_t depth, std::vector<Candidate>& candidates, const CallContext& call) {
  depth = std::min(depth, candidates.size());
  std::vector<std::string> passages;
  for (std::size_t i = 0; i < depth; ++i) passages.push_back(candidates[i].chunk.text);
  if (passages.empty()) return {};
  RAPPEL_ASSIGN(const auto colbert, colbert_scores(embedder, query, passages, call));
  for (std::size_t i = 0; i < depth; ++i) candidates[i].colbert_score = colbert[i];
  const auto sum = [&](const Candidate& candidate) {
    double of[] = {0, 0};  // dense, sparse
    for (std::size_t s = 0; s < kinds.size(); ++s)
      if (kinds[s] != SignalKind::kLexical) of[kinds[s] == SignalKind::kSparse] = candidate.signals[s].score;
    return bge_m3_sum(of[0], of[1], *candidate.colbert_score);
  };
  std::stable_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(depth),
                   [&](const Candidate& a, const Candidate& b) { return sum(a) > sum(b); });
  double most = 1;
  for (Candidate& candidate : candidates) candidate.score = most = std::min(most, candidate.score);
  return {};
}

}  // namespace rappel
