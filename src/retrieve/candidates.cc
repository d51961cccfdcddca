#include "retrieve/candidates.h"

#include <utility>

namespace rappel {

Result<std::vector<SignalHits>> find_candidates(StoreReader& reader, std::span<const float> dense,
                                                std::size_t depth, const Filter& filter) {
  std::vector<SignalHits> found;
  RAPPEL_ASSIGN(auto hits, reader.search(SearchRequest::dense(dense, depth, filter)));
  found.push_back({Signal::kDense, std::move(hits)});
  return found;
}

Status load_chunks(StoreReader& reader, std::vector<Candidate>& candidates) {
  std::vector<ChunkKey> keys;
  for (const Candidate& candidate : candidates) keys.push_back(candidate.key);
  RAPPEL_ASSIGN(auto chunks, reader.chunks(keys));
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].chunk = std::move(chunks[i]);
  return {};
}

}  // namespace rappel
