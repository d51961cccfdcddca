#include "retrieve/query_language.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "embed/similarity_pairs.h"

namespace rappel {
namespace {

constexpr std::size_t kLookedAt = 5;  // candidates

}  // namespace

std::string_view query_language(std::string_view query, std::span<const Candidate> candidates) {
  if (const auto clear = clear_similarity_language(query)) return *clear;
  std::vector<std::pair<std::string_view, int>> counts;  // in the order of their first candidate
  for (const Candidate& candidate : candidates.first(std::min(candidates.size(), kLookedAt))) {
    const std::string_view language = similarity_language(candidate.chunk.text);
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == language; });
    known == counts.end() ? void(counts.emplace_back(language, 1)) : void(++known->second);
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? similarity_language(query) : most->first;
}

}  // namespace rappel
