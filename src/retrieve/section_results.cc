#include "retrieve/section_results.h"

#include <algorithm>
#include <utility>

#include "retrieve/candidates.h"

namespace rappel {
namespace {

constexpr std::size_t kReadAtOnce = 8;

}  // namespace

Result<std::vector<Section>> find_sections(StoreReader& reader, AnswerMeter& meter,
                                           const SectionBounds& bounds, std::vector<Candidate>& candidates) {
  Sections sections(reader, meter, bounds.reach);
  std::size_t read = 0;
  while (read < candidates.size() && (read < bounds.depth || sections.size() < bounds.top_k)) {
    const std::size_t wanted = read < bounds.depth ? bounds.depth - read : kReadAtOnce;
    const auto part = std::span(candidates).subspan(read, std::min(wanted, candidates.size() - read));
    RAPPEL_TRY(load_chunks(reader, meter, part));
    for (Candidate& candidate : part) {
      RAPPEL_ASSIGN(candidate.section, sections.add(candidate.chunk));
    }
    read += part.size();
  }
  candidates.resize(read);
  return sections.take();
}

std::vector<ScoredChunk> section_results(std::vector<Section> sections, std::span<const Candidate> candidates,
                                         std::size_t top_k) {
  std::vector<ScoredChunk> results;
  std::vector<bool> given(sections.size());
  for (const Candidate& candidate : candidates) {
    if (results.size() == top_k) break;
    if (given[candidate.section]) continue;
    given[candidate.section] = true;
    Chunk& chunk = sections[candidate.section].chunk;
    chunk.id = candidate.chunk.id;
    chunk.index = candidate.chunk.index;
    results.push_back({.chunk = std::move(chunk),
                       .score = candidate.score,
                       .hidden = candidate.hidden,
                       .duplicates = candidate.duplicates});
  }
  return results;
}

}  // namespace rappel
