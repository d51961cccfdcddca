#include "retrieve/candidates.h"

#include <optional>
#include <utility>

namespace rappel {

Result<std::vector<SignalHits>> find_candidates(StoreReader& reader, std::span<const Signal> signals,
                                                const SignalQuery& query) {
  std::vector<SignalHits> found;
  for (const Signal& signal : signals) {
    const std::optional<SearchRequest> request = signal.request(query);
    if (!request) continue;
    RAPPEL_ASSIGN(auto hits, reader.search(*request));
    found.push_back({&signal, std::move(hits)});
  }
  if (found.empty())
    return Status(Code::kUnsupported, "cannot search the " + query.store.kind +
                                          " store: no signal of this "
                                          "query can be used there");
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
