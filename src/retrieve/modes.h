// Modes of a search: which signals find candidates, and how their scores become one order. modes.cc has the
// table. docs/retrieval.md has measurements of each.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "embed/embedding.h"
#include "retrieve/signals.h"

namespace rappel {

enum class SearchMode {
  kHybrid,  // each candidate is scored by every signal on an absolute scale; the weighted sum (fusion.h)
  kMinMax,  // the same, scaled to 0..1 between the worst and the best candidate of the query
  kRrf,     // reciprocal rank fusion, constant 10
  kBgeM3,   // the sum of raw scores that FlagEmbedding documents for BGE-M3 (colbert.h)
  kDense,
  kSparse,
  kLexical,
};

struct SearchModeInfo {
  SearchMode mode;
  std::string_view name;  // "hybrid"
  std::vector<SignalKind> signals;
};

std::span<const SearchModeInfo> search_modes();
const SearchModeInfo& info_of(SearchMode mode);
// Nothing: there is no mode of that name.
std::optional<SearchMode> find_mode(std::string_view name);

// Whether the mode uses what an embedder gives for a query.
bool uses_embedding(SearchMode mode);

}  // namespace rappel
