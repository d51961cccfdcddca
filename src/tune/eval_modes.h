// Modes of `rappel eval`: the ways of retrieval that it compares, in one table (eval_modes.cc), and the
// settings that each of them is tried with.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/options.h"
#include "retrieve/modes.h"
#include "retrieve/types.h"

namespace rappel {

struct EvalMode {
  std::string name;  // "hybrid+rerank"
  SearchMode search = SearchMode::kHybrid;
  bool rerank = false;
};

std::span<const EvalMode> eval_modes();

// A mode with the settings of one evaluation.
struct EvalVariant {
  const EvalMode* mode = nullptr;
  RetrievalOptions options;
  std::vector<std::pair<std::string, std::string>> settings;  // that its results depend on
  std::string label;                                          // "dense+rerank RERANK_K=20"
};

struct EvalRequest {
  std::vector<std::string> modes;    // empty: all of them, without reranking if RERANK_ENABLE is false
  std::vector<std::string> changes;  // "RERANK_K=5,20"
};

// Every mode with every combination of the values that it depends on. kInvalidArgument: a mode or a setting
// that there is not, an invalid value, or a mode that reranks without a reranker.
Result<std::vector<EvalVariant>> eval_variants(const Options& options, const EvalRequest& request);

}  // namespace rappel
