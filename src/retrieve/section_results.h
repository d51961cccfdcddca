// Results of queries that ask for sections: the sections of the candidates, and after reranking the best
// candidate of each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/sections.h"
#include "retrieve/types.h"
#include "store/snapshot_store.h"

namespace rappel {

// Hits that are looked through for each that is wanted, because several may lie in one section: all of those
// with neighbors.
inline std::size_t hits_for_a_section(std::size_t neighbors) {
  return std::max<std::size_t>(4, 2 * neighbors + 1);
}

struct SectionBounds {
  std::size_t depth = 0;  // candidates that are read at least
  std::size_t top_k = 0;  // sections that are wanted
  SectionReach reach;
};

// Loads the first candidates, until there are `depth` of them and `top_k` sections, and drops the others.
// Each one gets the number of its section. Errors of reader and meter.
Result<std::vector<Section>> find_sections(StoreReader& reader, AnswerMeter& meter,
                                           const SectionBounds& bounds, std::vector<Candidate>& candidates);

// At most top_k results in the order of the candidates: each section once, with id, index and score of its
// first candidate.
std::vector<ScoredChunk> section_results(std::vector<Section> sections, std::span<const Candidate> candidates,
                                         std::size_t top_k);

}  // namespace rappel
