#include "cli/bench_advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/cpu.h"

namespace rappel {
namespace {

class Adviser {
 public:
  explicit Adviser(const AdviceInput& input) : input_(input) {}

  Result<std::vector<BenchAdvice>> run(std::unique_ptr<Engines> engines) {
    cache();
    if (engines->reranker() != nullptr) RAPPEL_TRY(candidates(*engines));
    input_.step("the speed of the settings in force");
    RAPPEL_ASSIGN(in_force_, tokens_per_second(engines->embedder()));
    const int threads = engines->threads();
    engines.reset();
    RAPPEL_TRY(precision());
    RAPPEL_TRY(threads_of(threads));
    return std::move(advice_);
  }

 private:
  Status stopped() const {
    return input_.stop.stop_requested() ? Status(Code::kCancelled, "stopped") : Status();
  }

  const BenchRow* row(std::string_view key) const {
    const auto it = std::find_if(input_.run.rows.begin(), input_.run.rows.end(),
                                 [&](const BenchRow& r) { return r.key == key; });
    return it == input_.run.rows.end() ? nullptr : &*it;
  }

  void cache() {
    const BenchRow *off = row("query_short.cache_off"), *on = row("query_short.cache_on");
    if (off == nullptr) return;
    const std::string size = input_.options.text("EMBEDDING_CACHE_SIZE");
    if (on == nullptr)
      advice_.push_back(
          {"EMBEDDING_CACHE_SIZE", "2000", true,
           fmt::format("a query costs {} each time it is asked; with a cache only the first time",
                       time_text(off->ms.median))});
    else
      advice_.push_back({"EMBEDDING_CACHE_SIZE", size, false,
                         fmt::format("a query that was asked before costs {} instead of {}",
                                     time_text(on->ms.median), time_text(off->ms.median))});
  }

  Status candidates(Engines& engines) {
    RAPPEL_TRY(stopped());
    input_.step("what a candidate costs");
    RAPPEL_ASSIGN(const QueryCost cost, query_cost(engines.embedder(), *engines.reranker()));
    const auto budget = static_cast<double>(input_.options.integer("--latency-budget"));
    const int fitting = cost.candidates_within(budget),
              now = static_cast<int>(input_.options.integer("RERANK_K"));
    const bool too_slow = cost.total(now) > budget && fitting < now;
    std::string reason =
        fmt::format("a query costs {}, each candidate of a chunk's length {}: RERANK_K={} takes {}",
                    time_text(cost.query_ms), time_text(cost.passage_ms), now, time_text(cost.total(now)));
    if (cost.total(fitting) > budget)
      reason += fmt::format(", more than the {:.0f} ms of --latency-budget with any", budget);
    else
      reason += fmt::format(", {} would fit into the {:.0f} ms of --latency-budget", fitting, budget);
    advice_.push_back({"RERANK_K", std::to_string(too_slow ? fitting : now), too_slow, std::move(reason)});
    return {};
  }

  Result<double> speed_with(EngineSettings settings, const std::string& what) {
    RAPPEL_TRY(stopped());
    input_.step("the speed with " + what);
    settings.reranker.reset();
    RAPPEL_ASSIGN(const auto engines, Engines::load(settings, input_.hub, input_.logger));
    RAPPEL_ASSIGN(const double speed, tokens_per_second(engines->embedder()));
    words_ += fmt::format(", {} {:.0f}", what, speed);
    return speed;
  }

  // One setting: the value in force beside others, by the embedder's speed.
  Status compare(const char* setting, const std::string& now, const std::vector<std::string>& others,
                 void (*apply)(EngineSettings&, const std::string&), const char* unit) {
    words_ = fmt::format("{}{} {:.0f} tokens/s", now, unit, in_force_);
    std::string best = now;
    double fastest = in_force_;
    for (const std::string& other : others) {
      if (other == now) continue;
      EngineSettings settings = input_.settings;
      apply(settings, other);
      const auto measured = speed_with(settings, other + unit);
      if (measured.status().code() == Code::kUnsupported) continue;  // a precision that the device lacks
      RAPPEL_ASSIGN(const double speed, measured);
      if (speed > fastest && speed > in_force_ * kWorthwhile) fastest = speed, best = other;
    }
    advice_.push_back({setting, best, best != now, words_});
    return {};
  }

  Status precision() {
    // w8a16 is for models that int8 does not serve: never the fastest.
    return compare(
        "EMBEDDING_PRECISION", input_.settings.embedder.precision, {"float32", "half", "int8"},
        [](EngineSettings& settings, const std::string& value) { settings.embedder.precision = value; }, "");
  }

  Status threads_of(int now) {
    const int usable = read_cpu_info().usable_threads();
    std::vector<std::string> others;
    if (usable != now) others.push_back(std::to_string(usable));
    if (now > 1) others.push_back(std::to_string(now / 2));
    if (others.empty()) return {};
    RAPPEL_TRY(compare(
        "RAPPEL_THREADS", std::to_string(now), others,
        [](EngineSettings& settings, const std::string& value) {
          settings.machine.threads = std::stoi(value);
        },
        " threads"));
    BenchAdvice& one = advice_.back();
    // 0 follows the machine, should it change.
    if (!one.change)
      one.value = std::to_string(input_.settings.machine.threads);
    else if (one.value == std::to_string(usable))
      one.value = "0";
    return {};
  }

  const AdviceInput& input_;
  std::vector<BenchAdvice> advice_;
  double in_force_ = 0;  // tokens per second
  std::string words_;
};

}  // namespace

Result<std::vector<BenchAdvice>> bench_advice(const AdviceInput& input, std::unique_ptr<Engines> engines) {
  return Adviser(input).run(std::move(engines));
}

}  // namespace rappel
