#include "retrieve/rerank.h"

#include <algorithm>

namespace rappel {

double rerank_weight(const RerankerDescription& reranker, RerankMode mode, std::string_view language) {
  constexpr double kWeakWeight = 0.1;  // of a model that is not described
  if (!reranker.reads(language)) return 0;
  switch (mode) {
    case RerankMode::kReplace: return 1;
    case RerankMode::kBlend: return reranker.blend_weight < 1 ? reranker.blend_weight : kWeakWeight;
    case RerankMode::kAuto: break;
  }
  return reranker.blend_weight;
}

void apply_rerank_scores(std::vector<Candidate>& candidates, std::span<const double> scores, double weight) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    candidates[i].rerank_score = scores[i];
    candidates[i].score = (1 - weight) * candidates[i].score + weight * scores[i];
  }
  const auto head_end = candidates.begin() + static_cast<std::ptrdiff_t>(scores.size());
  std::stable_sort(candidates.begin(), head_end,
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  for (auto it = head_end; it != candidates.end(); ++it)
    it->score = std::min(it->score, std::prev(head_end)->score);
}

Status rerank(Reranker& reranker, std::span<const RerankTask> tasks, const CallContext& call) {
  std::vector<RerankJob> jobs;
  for (const RerankTask& task : tasks) {
    RerankJob& job = jobs.emplace_back();
    job.query = task.query;
    job.best_window = true;
    for (std::size_t i = 0; i < std::min({task.candidates->size(), task.depth, kMaxReranked}); ++i)
      job.passages.push_back((*task.candidates)[i].chunk.text);
  }
  RAPPEL_ASSIGN(const auto scores, reranker.scores(jobs, call));
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (!scores[i].empty()) apply_rerank_scores(*tasks[i].candidates, scores[i], tasks[i].weight);
  return {};
}

}  // namespace rappel
