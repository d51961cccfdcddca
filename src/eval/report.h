// Results of `rappel eval`, for people (a table), for programs (JSON) and as a picture (SVG). The members of
// the JSON are described in docs/command-line.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "eval/metrics.h"
#include "eval/randomization.h"

namespace rappel {

struct EvalLatency {
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0;  // milliseconds of a query
};
EvalLatency latency_of(std::vector<double> ms);

// A set with one mode and one choice of settings, or with a run that was read.
struct EvalResult {
  std::string set, mode;
  std::vector<std::pair<std::string, std::string>> settings;  // that the mode depends on
  std::string label;                                          // the mode, and the settings that vary
  RunQuality quality;
  std::optional<EvalLatency> latency;  // nothing: of a run that was read
};

struct EvalComparison {
  std::string set;
  std::string a, b;  // labels
  std::vector<double> means_a, means_b;
  std::vector<PairedComparison> metrics;  // in the order of metrics()
};
EvalComparison compare_results(const EvalResult& a, const EvalResult& b,
                               const PairedTestOptions& options = {});

struct EvalReport {
  std::vector<EvalResult> results;
  std::vector<EvalComparison> comparisons;
  std::vector<std::string> notes;  // sentences
};

// The results of each set, in their order; those of a set follow each other.
std::vector<std::span<const EvalResult>> by_set(std::span<const EvalResult> results);

// A set as a table. Lines of at most 100 columns as long as labels are short.
std::string eval_table(std::span<const EvalResult> results);
std::string comparison_table(const EvalComparison& comparison);
Json eval_json(const EvalReport& report);
// SVG: for each set a group of bars for each metric, with a bar for each result of the set.
std::string eval_chart(std::span<const EvalResult> results);

}  // namespace rappel
