// The output of `rappel eval`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/command.h"
#include "eval/beir_set.h"
#include "eval/report.h"

namespace rappel {

struct SetCounts {
  std::size_t queries = 0;  // that are judged
  CorpusSummary corpus;
  std::size_t stored = 0;  // documents, by this run
};

struct EvalOutput {
  std::vector<SetCounts> sets;       // in their order
  EvalReport report;                 // results of the sets in this order
  std::vector<std::string> written;  // "run: out.run"
};

// `asked`: the sets were stored and asked; false: only runs were scored. Nothing for people without results.
void print_eval(const EvalOutput& output, bool json, bool asked, const Console& console);

}  // namespace rappel
