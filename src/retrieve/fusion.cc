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

namespace {

// Each chunk once, in the order of first occurrence, with rank and score by each signal.
std::vector<Candidate> merged(std::span<const SignalHits> found) {
  std::vector<Candidate> candidates;
  std::unordered_map<ChunkKey, std::size_t> place;
  for (std::size_t s = 0; s < found.size(); ++s)
    for (std::size_t i = 0; i < found[s].hits.size(); ++i) {
      const Hit& hit = found[s].hits[i];
      const auto [it, fresh] = place.try_emplace(hit.key, candidates.size());
      if (fresh) {
        Candidate& candidate = candidates.emplace_back();
        candidate.key = hit.key;
        candidate.signals.resize(found.size());
      }
      candidates[it->second].signals[s] = {i + 1, double{hit.score}};
    }
  return candidates;
}

double rank_score(const Candidate& candidate) {
  std::vector<std::size_t> ranks;
  for (const SignalScore& signal : candidate.signals) ranks.push_back(signal.rank);
  return reciprocal_rank_score(ranks);
}

}  // namespace

std::vector<Candidate> fuse(std::span<const SignalHits> found, std::size_t limit) {
  std::vector<Candidate> candidates = merged(found);
  for (Candidate& candidate : candidates)
    candidate.score =
        found.size() == 1 ? found[0].signal->score(candidate.signals[0].score) : rank_score(candidate);
  if (found.size() > 1)
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (candidates.size() > limit) candidates.resize(limit);
  return candidates;
}

}  // namespace rappel
