#include "tune/bench_advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/cpu.h"
#include "base/units.h"
#include "tune/contest.h"
#include "tune/lowered.h"

namespace rappel {
namespace {

class Adviser {
 public:
  explicit Adviser(const AdviceInput& input) : input_(input) {}

  Result<std::vector<BenchAdvice>> run(std::unique_ptr<Engines> engines) {
    cache();
    if (engines->reranker() != nullptr) RAPPEL_TRY(candidates(*engines));
    const int now = engines->threads();
    engines.reset();
    RAPPEL_TRY(precision());
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
                         fmt::format("a repeated query costs {} instead of {}", time_text(on->ms.median),
                                     time_text(off->ms.median))});
  }

  // The value in force, because nothing else can be said on a busy machine.
  void keep(const std::string& key, const std::string& value, const std::string& busy) {
    advice_.push_back({key, value, false, not_measured(busy)});
  }

  void advise(const std::string& key, const std::string& now, const std::string& value, std::string reason) {
    if (const std::string cost = lowered_words(key, now, value); !cost.empty()) reason += "; " + cost;
    advice_.push_back({key, value, value != now, std::move(reason)});
  }

  Status candidates(Engines& engines) {
    RAPPEL_TRY(stopped());
    input_.step("the time of a candidate");
    RAPPEL_ASSIGN(const MeasuredCost measured, query_cost(engines, input_.clock, input_.stop));
    const auto now = static_cast<int>(input_.options.integer("RERANK_K"));
    if (!measured.busy.empty()) {
      keep("RERANK_K", std::to_string(now), measured.busy);
      return {};
    }
    const QueryCost& cost = measured.cost;
    const auto budget = static_cast<double>(input_.options.integer("--latency-budget"));
    const int fitting = cost.candidates_within(budget);
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
    advise("RERANK_K", std::to_string(now), std::to_string(too_slow ? fitting : now), std::move(reason));
    return {};
  }

  Result<Speeds> speeds(const std::vector<Contender>& contenders) {
    RAPPEL_TRY(stopped());
    input_.step("the speed of other settings");
    return contest(contenders, {input_.hub, input_.logger, input_.stop,
                                [this](const std::string& words) { input_.progress(words); }, input_.clock});
  }

  Status precision() {
    const std::string now = input_.settings.embedder.precision;
    std::vector<Contender> contenders{{now, input_.settings}};
    for (const std::string other : kPrecisions) {
      if (other == now || !may_recommend(other, input_.run.device)) continue;
      contenders.push_back({other, input_.settings});
      contenders.back().settings.embedder.precision = other;
    }
    RAPPEL_ASSIGN(const Speeds found, speeds(contenders));
    if (!found.busy.empty()) {
      keep("EMBEDDING_PRECISION", now, found.busy);
      return {};
    }
    const double in_force = found.tokens_per_second[0].value_or(0);
    double fastest = in_force * kWorthwhile;
    std::string name = now, others, best = now;
    for (std::size_t i = 1; i < contenders.size(); ++i) {
      const auto& speed = found.tokens_per_second[i];
      if (!speed) continue;
      if (found.same[i])
        name += fmt::format(" ({})", contenders[i].name);
      else
        others += fmt::format(", {} {:.0f}", contenders[i].name, *speed);
      if (*speed > fastest) fastest = *speed, best = contenders[i].name;
    }
    advise("EMBEDDING_PRECISION", now, best, fmt::format("{} {:.0f} tokens/s{}", name, in_force, others));
    return {};
  }

  // With a GPU the CPU's threads have little to do.
  Status threads(int now) {
    if (!input_.run.device.starts_with("cpu")) return {};
    const int usable = read_cpu_info().usable_threads();
    std::vector<Contender> contenders{
        {count_text(static_cast<std::uint64_t>(now), "thread"), input_.settings}};
    std::vector<int> counts{now};
    for (const int count : {usable, now / 2}) {
      if (count == now || count == 0) continue;
      counts.push_back(count);
      contenders.push_back({count_text(static_cast<std::uint64_t>(count), "thread"), input_.settings});
      contenders.back().settings.machine.threads = count;
    }
    const std::string in_force = std::to_string(input_.settings.machine.threads);
    RAPPEL_ASSIGN(const Speeds found, speeds(contenders));
    if (!found.busy.empty()) {
      keep("RAPPEL_THREADS", in_force, found.busy);
      return {};
    }
    std::string words = "tokens/s";
    std::size_t best = 0;
    double fastest = found.tokens_per_second[0].value_or(0) * kWorthwhile;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const auto& speed = found.tokens_per_second[i];
      if (!speed) continue;
      words += fmt::format("{} with {} {:.0f}", i == 0 ? "" : ",", contenders[i].name, *speed);
      if (i > 0 && *speed > fastest) fastest = *speed, best = i;
    }
    // 0 follows the machine when it changes.
    const std::string value = best == 0                ? in_force
                              : counts[best] == usable ? "0"
                                                       : std::to_string(counts[best]);
    advise("RAPPEL_THREADS", in_force, value, std::move(words));
    return {};
  }

  const AdviceInput& input_;
  std::vector<BenchAdvice> advice_;
};

}  // namespace

Result<std::vector<BenchAdvice>> bench_advice(const AdviceInput& input, std::unique_ptr<Engines> engines) {
  return Adviser(input).run(std::move(engines));
}

}  // namespace rappel
