#include "tune/bench_advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/cpu.h"
#include "base/units.h"

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
    RAPPEL_ASSIGN(const Answers answers, answers_of(*engines));
    const int now = engines->threads();
    engines.reset();
    RAPPEL_TRY(precision(answers.vector));
    RAPPEL_TRY(threads(now));
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
          {"EMBEDDING_CACHE_SIZE", default_of(find_option("EMBEDDING_CACHE_SIZE"), best_device()), true,
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
      reason += fmt::format(
          "; even {}, the fewest that are of use, need more than the {:.0f} ms of --latency-budget", fitting,
          budget);
    else
      reason += fmt::format("; {} fit into the {:.0f} ms of --latency-budget", fitting, budget);
    advice_.push_back({"RERANK_K", std::to_string(too_slow ? fitting : now), too_slow, std::move(reason)});
    return {};
  }

  // As speed_with(). `same`: equal vectors are the same work as with the settings in force.
  Result<std::optional<double>> speed(const EngineSettings& settings, const std::string& what,
                                      const std::vector<float>& same) {
    RAPPEL_TRY(stopped());
    input_.step("the speed with " + what);
    return speed_with(settings, input_.hub, input_.logger, same);
  }

  Status precision(const std::vector<float>& in_force) {
    const std::string now = input_.settings.embedder.precision;
    std::string name = now, others, best = now;
    double fastest = in_force_ * kWorthwhile;
    for (const std::string other : kPrecisions) {
      if (other == now || !may_recommend(other, input_.run.device)) continue;
      EngineSettings settings = input_.settings;
      settings.embedder.precision = other;
      RAPPEL_ASSIGN(const auto measured, speed(settings, other, in_force));
      if (!measured) continue;
      if (*measured == 0)
        name += fmt::format(" ({})", other);
      else
        others += fmt::format(", {} {:.0f}", other, *measured);
      if (*measured > fastest) fastest = *measured, best = other;
    }
    advice_.push_back({"EMBEDDING_PRECISION", best, best != now,
                       fmt::format("{} {:.0f} tokens/s{}", name, in_force_, others)});
    return {};
  }

  // Beside a GPU the CPU's threads have little to do.
  Status threads(int now) {
    if (!input_.run.device.starts_with("cpu")) return {};
    const int usable = read_cpu_info().usable_threads();
    std::string words = fmt::format("tokens/s with {} threads {:.0f}", now, in_force_);
    int best = now;
    double fastest = in_force_ * kWorthwhile;
    for (const int count : {usable, now / 2}) {
      if (count == now || count == 0) continue;
      EngineSettings settings = input_.settings;
      settings.machine.threads = count;
      RAPPEL_ASSIGN(const auto measured, speed(settings, fmt::format("{} threads", count), {}));
      if (!measured) continue;
      words += fmt::format(", with {} {:.0f}", count, *measured);
      if (*measured > fastest) fastest = *measured, best = count;
    }
    // 0 follows the machine, should it change.
    const int value = best == now ? input_.settings.machine.threads : best == usable ? 0 : best;
    advice_.push_back({"RAPPEL_THREADS", std::to_string(value), best != now, std::move(words)});
    return {};
  }

  const AdviceInput& input_;
  std::vector<BenchAdvice> advice_;
  double in_force_ = 0;  // tokens per second
};

}  // namespace

Result<std::vector<BenchAdvice>> bench_advice(const AdviceInput& input, std::unique_ptr<Engines> engines) {
  return Adviser(input).run(std::move(engines));
}

}  // namespace rappel
