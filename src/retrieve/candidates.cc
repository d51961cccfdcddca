#include "retrieve/candidates.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kReadAtOnce = 32;

// Asks signals[s] for the scores of the candidates that it did not find.
Status score_missing(StoreReader& reader, std::span<const UsedSignal> signals, std::size_t s,
                     std::span<Candidate> candidates) {
  std::vector<ChunkKey> keys;
  for (const Candidate& candidate : candidates)
    if (candidate.signals[s].rank == 0) keys.push_back(candidate.key);
  if (keys.empty()) return {};
  RAPPEL_ASSIGN(const std::vector<float> scores, reader.score(keys, signals[s].search));
  std::size_t next = 0;
  for (Candidate& candidate : candidates)
    if (candidate.signals[s].rank == 0) candidate.signals[s].score = double{scores[next++]};
  return {};
}

}  // namespace

Result<std::vector<UsedSignal>> usable_signals(std::span<const SignalKind> kinds, const SignalQuery& query) {
  std::vector<UsedSignal> usable;
  for (const SignalKind kind : kinds) {
    const Signal& signal = signal_of(kind);
    if (auto search = signal.of(query)) usable.push_back({&signal, std::move(*search)});
  }
  if (!usable.empty()) return usable;
  return Status(Code::kUnsupported, "cannot search the " + query.store.kind +
                                        " store: no signal of this mode can be used with this model and "
                                        "store; choose another mode (RETRIEVAL_MODE)");
}

Result<std::vector<Candidate>> find_candidates(StoreReader& reader, std::span<const UsedSignal> signals,
                                               const CandidateSearch& search) {
  std::vector<Candidate> candidates;
  std::unordered_map<ChunkKey, std::size_t> place;
  for (std::size_t s = 0; s < signals.size(); ++s) {
    RAPPEL_ASSIGN(const auto hits,
                  reader.search({signals[s].search, search.depth, search.filter, search.text}));
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const auto [it, is_new] = place.try_emplace(hits[i].key, candidates.size());
      if (is_new) {
        Candidate& candidate = candidates.emplace_back();
        candidate.key = hits[i].key;
        candidate.signals.resize(signals.size());
      }
      candidates[it->second].signals[s] = {i + 1, double{hits[i].score}};
    }
    if (search.worked) search.worked(s);
  }
  for (std::size_t s = 0; signals.size() > 1 && s < signals.size(); ++s) {
    RAPPEL_TRY(score_missing(reader, signals, s, candidates));
    if (search.worked) search.worked(s);
  }
  return candidates;
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
