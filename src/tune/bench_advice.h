// Recommendations of `rappel bench` about the settings in force: from the figures of the run, and from short
// measurements of other settings. On a busy machine they keep the values in force and say why.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "tune/bench_report.h"
#include "tune/measure.h"

namespace rappel {

struct AdviceInput {
  const Options& options;  // with RERANK_K, EMBEDDING_CACHE_SIZE and --latency-budget
  const EngineSettings& settings;
  const HubSettings& hub;
  Logger& logger;
  const BenchRun& run;
  std::stop_token stop;
  std::function<void(const std::string& words)> step;  // before each measurement; at most kAdviceSteps times
  std::function<void(const std::string& words)> progress;  // within it
  LoadClock clock = {};
};
inline constexpr int kAdviceSteps = 3;

// `engines` are those of the run; they are freed before others are loaded, so that memory holds one set of
// models at a time.
Result<std::vector<BenchAdvice>> bench_advice(const AdviceInput& input, std::unique_ptr<Engines> engines);

}  // namespace rappel
