#include "retrieve/candidates.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kReadAtOnce = 32;

}  // namespace

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

Status load_chunks(StoreReader& reader, AnswerMeter& meter, std::span<Candidate> candidates) {
  for (std::size_t begin = 0; begin < candidates.size(); begin += kReadAtOnce) {
    const auto part = candidates.subspan(begin, std::min(kReadAtOnce, candidates.size() - begin));
    std::vector<ChunkKey> keys;
    for (const Candidate& candidate : part) keys.push_back(candidate.key);
    RAPPEL_ASSIGN(auto chunks, reader.chunks(keys));
    for (std::size_t i = 0; i < part.size(); ++i) {
      RAPPEL_TRY(meter.hold(chunks[i]));
      part[i].chunk = std::move(chunks[i]);
    }
  }
  return {};
}

}  // namespace rappel
