#include "retrieve/fusion.h"

#include <algorithm>
#include <unordered_map>

namespace rappel {

double reciprocal_rank_score(std::span<const std::size_t> ranks) {
  const auto part = [](std::size_t rank) { return 1.0 / (kFusionConstant + static_cast<double>(rank)); };
  double sum = 0;
  for (const std::size_t rank : ranks)
    if (rank > 0) sum += part(rank);
  return sum / (static_cast<double>(ranks.size()) * part(1));
}

std::vector<Candidate> fuse(std::span<const SignalHits> found, std::size_t limit) {
  std::vector<Candidate> candidates;
  std::unordered_map<ChunkKey, std::size_t> place;
  for (const SignalHits& list : found)
    for (std::size_t i = 0; i < list.hits.size(); ++i) {
      const Hit& hit = list.hits[i];
      const auto [it, fresh] = place.try_emplace(hit.key, candidates.size());
      if (fresh) candidates.emplace_back().key = hit.key;
      candidates[it->second].by(list.signal) = {i + 1, double{hit.score}};
    }
  for (Candidate& candidate : candidates) {
    if (found.size() == 1) {
      candidate.score = std::clamp(candidate.by(found[0].signal).score, 0.0, 1.0);
      continue;
    }
    std::vector<std::size_t> ranks;
    for (const SignalHits& list : found) ranks.push_back(candidate.by(list.signal).rank);
    candidate.score = reciprocal_rank_score(ranks);
  }
  if (found.size() > 1)
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (candidates.size() > limit) candidates.resize(limit);
  return candidates;
}

}  // namespace rappel
