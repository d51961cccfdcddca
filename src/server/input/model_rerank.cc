#include "server/input/model_rerank.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace rappel {

Result<RankedTexts> rank_texts(Reranker& reranker, std::string query, std::vector<std::string> texts,
                               const RankOptions& options, const CallContext& call) {
  const RerankJob job{std::move(query), std::move(texts)};
  RAPPEL_ASSIGN(const PairScores pairs, reranker.score_pairs(job, options.refuse_longer, call));
  RankedTexts ranked{.tokens = pairs.tokens, .cut = pairs.cut};
  for (const float logit : pairs.logits)
    ranked.scores.push_back(options.raw_scores ? double{logit} : 1 / (1 + std::exp(-double{logit})));
  ranked.order.resize(ranked.scores.size());
  std::iota(ranked.order.begin(), ranked.order.end(), std::size_t{0});
  std::stable_sort(ranked.order.begin(), ranked.order.end(),
                   [&](std::size_t a, std::size_t b) { return ranked.scores[a] > ranked.scores[b]; });
  return ranked;
}

InputFault no_reranker_fault() {
  return {"This server has no reranker; set RERANK_ENABLE=true and RERANK_MODEL, and start it again", "model",
          "model_not_found", 404};
}

}  // namespace rappel
