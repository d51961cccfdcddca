// What suits this machine: the table of defaults of its platform, corrected where a short measurement says
// more.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/run_context.h"

namespace rappel {

struct Recommendation {
  std::string key, value;
  std::string reason;  // why, with what was measured
};

struct Requirement {
  std::string name;
  bool ok = true;
  bool needed = true;  // false: only advice
  std::string words;   // what was found, or what is missing and how to get it

  bool missing() const { return needed && !ok; }
};

struct Tuning {
  std::string platform;                                      // what auto is: "cpu", "mps"
  std::vector<std::pair<std::string, std::string>> machine;  // label and words
  std::vector<Requirement> requirements;
  std::vector<Recommendation> settings;
  bool measured =
      false;             // to the end; false: a model is missing, so there was nothing to measure with, or ..
  bool stopped = false;  // .. a signal came: settings are those known by then
};

// The step that begins, how many are done, and how many there are.
using TuningProgress = std::function<void(const std::string& words, std::size_t done, std::size_t total)>;

// Takes up to a minute with models of BGE-M3's size, tells `progress` before each step, and ends early when
// `stop` is requested. Needs the options of embedder_settings() and reranker_settings(), RERANK_ENABLE,
// RAPPEL_DATA_DIR and
// --latency-budget. Errors: what loading and computing may end with, except that a model that is not there is
// a requirement that is not met.
Result<Tuning> tune_machine(const RunContext& context, const std::stop_token& stop,
                            const TuningProgress& progress);
// The machine and what it lacks, without settings; takes no time. Needs the same options but
// --latency-budget.
Tuning look_at_machine(const RunContext& context);

// Memory that models of so many bytes of files need to be loaded and used.
double memory_wanted(double model_bytes);

}  // namespace rappel
