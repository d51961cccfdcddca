// What a bench run says about the settings in force. Every recommendation comes from figures of this run, or
// from short measurements of what else could be set.
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
  std::function<void(const std::string& words)> step;  // before each measurement; about kAdviceSteps times
};
inline constexpr int kAdviceSteps = 6;

// `engines` are those of the run; they are freed before others are loaded, so that memory holds one set of
// models at a time.
Result<std::vector<BenchAdvice>> bench_advice(const AdviceInput& input, std::unique_ptr<Engines> engines);

}  // namespace rappel
