#include "retrieve/rerank.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "retrieve/fusion.h"

namespace rappel {
namespace {

// Each candidate's score is RRF of its place now and its place by the reranker.
std::vector<double> blended(std::span<const double> scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<double> out(scores.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const std::size_t ranks[] = {order[rank] + 1, rank + 1};
    out[order[rank]] = reciprocal_rank_score(ranks);
  }
  return out;
}

}  // namespace

void apply_rerank_scores(std::vector<Candidate>& candidates, std::span<const double> scores,
                         RerankMode mode) {
  const std::vector<double> final_scores =
      mode == RerankMode::kBlend ? blended(scores) : std::vector<double>(scores.begin(), scores.end());
  for (std::size_t i = 0; i < final_scores.size(); ++i) candidates[i].score = final_scores[i];
  const auto head_end = candidates.begin() + static_cast<std::ptrdiff_t>(final_scores.size());
  std::stable_sort(candidates.begin(), head_end,
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  for (auto it = head_end; it != candidates.end(); ++it) it->score *= std::prev(head_end)->score;
}

Status rerank(Reranker& reranker, RerankMode mode, std::span<const RerankTask> tasks,
              const CallContext& call) {
  std::vector<RerankJob> jobs;
  for (const RerankTask& task : tasks) {
    RerankJob& job = jobs.emplace_back();
    job.query = task.query;
    for (std::size_t i = 0; i < std::min({task.candidates->size(), task.depth, kMaxReranked}); ++i)
      job.passages.push_back((*task.candidates)[i].chunk.text);
  }
  RAPPEL_ASSIGN(const auto scores, reranker.scores(jobs, call));
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (!scores[i].empty()) apply_rerank_scores(*tasks[i].candidates, scores[i], mode);
  return {};
}

}  // namespace rappel
