// The settings that suit this machine: the platform's defaults, corrected by short measurements.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/run_context.h"
#include "tune/memory.h"
#include "tune/turns.h"

namespace rappel {

struct Recommendation {
  std::string key, value;
  std::string reason;  // with the measured figures
  std::string cost;    // of a value below the one that the user set: "your RERANK_K=20 .."; empty: it is not
};

struct Requirement {
  std::string name;
  bool ok = true;
  bool needed = true;  // false: only advice
  std::string words;   // the finding, or what is missing and how to get it
  bool known = true;   // false: it could not be found out, and `ok` says nothing

  bool missing() const { return needed && !ok; }
};

struct Tuning {
  std::string platform;                                      // what auto is: "cpu", "mps"
  std::vector<std::pair<std::string, std::string>> machine;  // label and words
  std::vector<Requirement> requirements;
  MemoryEstimate memory;
  std::vector<Recommendation> settings;
  bool measured = false;  // false: some settings are defaults, for one of these reasons:
  std::string busy;       // other programs computed; the evidence
  bool stopped = false;   // a signal came: settings are those known by then; else a model is missing
};

// The step that begins, how many are done, and how many there are.
using TuningProgress = std::function<void(const std::string& words, std::size_t done, std::size_t total)>;

// Takes up to a minute with models of BGE-M3's size, calls `progress` before each step, and ends early when
// `stop` is requested. Needs the options of embedder_settings() and reranker_settings(), RERANK_ENABLE,
// RAPPEL_DATA_DIR and --latency-budget. On a busy machine it waits some seconds for a quiet one; then the
// settings that it would have measured keep the user's value or the default. Errors: those of loading and
// computing, except that a missing model is a requirement that is not met.
Result<Tuning> tune_machine(const RunContext& context, const std::stop_token& stop,
                            const TuningProgress& progress, const LoadClock& clock = {});
// The machine and its requirements, without settings; takes no time. Needs the same options but
// --latency-budget.
Tuning look_at_machine(const RunContext& context);

}  // namespace rappel
