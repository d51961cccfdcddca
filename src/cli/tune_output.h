// The output of `rappel tune`, and the settings that follow from it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/env_merge.h"
#include "tune/retrieval_tuning.h"

namespace rappel {

struct TuneOutput {
  std::string set;
  std::size_t queries = 0, documents = 0, stored = 0;
  RetrievalTuning tuning;
  std::vector<std::string> notes;
};

// Those that differ from what is in force; empty: keep it.
std::vector<Setting> tuned_settings(const RetrievalTuning& tuning);

void print_tuning(const TuneOutput& output, const CommandContext& context);

}  // namespace rappel
