#include "retrieve/modes.h"

#include <algorithm>

#include "base/check.h"

namespace rappel {

std::span<const SearchModeInfo> search_modes() {
  using enum SignalKind;
  static const SearchModeInfo table[] = {
      {SearchMode::kHybrid, "hybrid", {kDense, kSparse, kLexical}},
      {SearchMode::kMinMax, "min-max", {kDense, kSparse, kLexical}},
      {SearchMode::kRrf, "rrf", {kDense, kSparse, kLexical}},
      {SearchMode::kBgeM3, "bge-m3", {kDense, kSparse}},
      {SearchMode::kDense, "dense", {kDense}},
      {SearchMode::kSparse, "sparse", {kSparse}},
      {SearchMode::kLexical, "lexical", {kLexical}},
  };
  return table;
}

const SearchModeInfo& info_of(SearchMode mode) {
  const auto modes = search_modes();
  const auto found =
      std::find_if(modes.begin(), modes.end(), [&](const SearchModeInfo& info) { return info.mode == mode; });
  RAPPEL_CHECK(found != modes.end(), "the table has every mode");
  return *found;
}

std::optional<SearchMode> find_mode(std::string_view name) {
  for (const SearchModeInfo& info : search_modes())
    if (info.name == name) return info.mode;
  return std::nullopt;
}

bool uses_embedding(SearchMode mode) {
  const auto& signals = info_of(mode).signals;
  return std::any_of(signals.begin(), signals.end(),
                     [](SignalKind kind) { return kind != SignalKind::kLexical; });
}

}  // namespace rappel
