// Measuring: the texts that optimize, bench and compare time, the models that they load, and the loops.
// Shared, so that their figures mean the same.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistics.h"
#include "base/status.h"
#include "codec/json.h"
#include "config/run_context.h"
#include "tune/turns.h"
#include "wiring/runtime.h"

namespace rappel {

// --- texts: plain English sentences, no two alike (equal texts of a batch are computed once) ---

std::vector<std::string> short_queries();                          // 5 of about 5 words
std::vector<std::string> long_queries();                           // 5 of about 11 words
enum class TextLength { kShort, kMedium, kLong };                  // about 7, 13 and 22 words
std::vector<std::string> sentences(int count, TextLength length);  // at most 50
std::vector<std::string> chunk_texts(int count);  // about as long as a stored chunk, 200 tokens

// --- models ---

struct EngineSettings {
  RuntimeSettings machine;
  ModelSettings embedder;
  std::optional<ModelSettings> reranker;  // none: nothing is reranked
  bool warm_up = true;                    // as `serve` does it; takes seconds with large models
};

// The precisions that are tried, the exact one first. w8a16 is never the fastest: it is for models that lose
// too much by int8.
inline constexpr std::array kPrecisions{"float32", "half", "int8"};
// Whether the tools may recommend a precision for a device ("cpu", "cuda:1 ..."): the loss of int8 in
// retrieval is measured on CPUs only.
inline bool may_recommend(std::string_view precision, std::string_view device) {
  return precision != "int8" || device.starts_with("cpu");
}

// The settings in force. Needs the options of runtime_settings(), embedder_settings(), reranker_settings()
// and RERANK_ENABLE.
EngineSettings engine_settings(const Options& options);
// The same models on `device` only, with the precision that suits it. There is no fallback to the CPU: a
// device that is missing or lost is an error.
EngineSettings on_device(EngineSettings settings, const std::string& device);

// Models, loaded as the settings say.
class Engines {
 public:
  static Result<std::unique_ptr<Engines>> load(const EngineSettings& settings, const HubSettings& hub,
                                               Logger& logger);

  LocalEmbedder& embedder() { return *embedder_; }
  LocalReranker* reranker() { return reranker_.get(); }  // null: nothing is reranked
  int threads() { return runtime_.pool().threads(); }
  // Threads that need a CPU while the models compute: one where a GPU does the work.
  int busy_threads();

 private:
  Engines(const EngineSettings& settings, const HubSettings& hub, Logger& logger);

  Runtime runtime_;  // outlives the models
  std::unique_ptr<LocalEmbedder> embedder_;
  std::unique_ptr<LocalReranker> reranker_;
};

// --- workloads ---

enum class WorkKind {
  kQueries,        // one after another, each computed
  kCachedQueries,  // one after another, through the cache of query embeddings
  kDocuments,      // all in one call
  kRerank,         // the texts are the passages
};

struct Repeats {
  int warm_ups, runs;
};

struct Workload {
  std::string key;   // "documents_20": what programs call it
  std::string name;  // "20 documents"
  WorkKind kind;
  std::vector<std::string> texts;
  Repeats repeats;

  const char* unit() const;  // of the texts: "queries"
  // The rough cost of a run, as the number of words that it computes; it serves estimates of the time left.
  double cost() const;
  // The cost of all its runs, warm-ups included.
  double total_cost() const { return cost() * (repeats.warm_ups + repeats.runs); }
};

// The question of every kRerank workload.
const std::string& rerank_query();

struct Measured {
  std::vector<double> ms;  // of each run
  double tokens = 0;       // computed in a run
};

// Warm-ups, then runs; calls `done` after each. After a request to stop it returns the runs that were
// completed, perhaps none.
Result<Measured> measure(Engines& engines, const Workload& work, const std::stop_token& stop,
                         const std::function<void()>& done);

// The vector of the first short query, and the scores of five passages (none when nothing is reranked). The
// same weights on the same kind of device give the same bits (engine/device.h), so equal answers mean equal
// work.
struct Answers {
  std::vector<float> vector;
  std::vector<double> scores;

  bool operator==(const Answers&) const = default;
};
Result<Answers> answers_of(Engines& engines);

// --- the time of a query ---

struct QueryCost {
  double query_ms = 0;    // to embed the query
  double passage_ms = 0;  // to rerank one candidate of a chunk's length

  double total(int candidates) const { return query_ms + candidates * passage_ms; }
  // As many candidates as fit into the budget, 3 to 50.
  int candidates_within(double budget_ms) const;
};

struct MeasuredCost {
  QueryCost cost;
  std::string busy;  // the evidence that nothing was measured; empty: measured
};
// The embedding of a query and the reranking of passages, in turns (turns.h). The engines need a reranker.
Result<MeasuredCost> query_cost(Engines& engines, const LoadClock& clock, const std::stop_token& stop);

// A setting that gains less is not worth leaving the default.
inline constexpr double kWorthwhile = 1.05;

// {"mean","median","deviation","min","max","p95"}
Json statistics_json(const Statistics& statistics);

}  // namespace rappel
