#include "tune/turns.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace rappel {
namespace {

constexpr double kLook = 0.3;     // seconds of a look at the machine
constexpr int kMostPasses = 100;  // of the candidates in a round

// Measures every candidate in turn, and again while the time is too short to read its load. `times` gets the
// least of each.
Result<LoadReport> measure_round(std::vector<double>& times, int round,
                                 const std::function<Result<double>(std::size_t, int)>& measure,
                                 const LoadClock& clock, const TurnOptions& options) {
  const LoadSample before = clock.now();
  LoadSample after;
  for (int pass = 0; pass == 0 || (pass < kMostPasses && after.at - before.at < kShortestLook); ++pass) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (options.stop.stop_requested()) return Status(Code::kCancelled, "stopped");
      RAPPEL_ASSIGN(const double time, measure(i, round));
      times[i] = pass == 0 ? time : std::min(times[i], time);
    }
    after = clock.now();
  }
  return describe_load(before, after, options.threads, options.share);
}

}  // namespace

void LoadClock::wait(double seconds) const {
  if (pause)
    pause(seconds);
  else
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

std::string wait_until_quiet(const LoadClock& clock, const QuietOptions& options) {
  for (double waited = 0;; waited += kLook) {
    const LoadSample before = clock.now();
    clock.wait(kLook);
    const LoadReport report = describe_load(before, clock.now(), options.threads);
    if (!report.busy) return "";
    if (waited + kLook >= options.patience || options.stop.stop_requested()) return report.evidence;
    if (options.waiting) options.waiting(report.evidence);
  }
}

Result<Turns> measure_in_turns(std::size_t candidates,
                               const std::function<Result<double>(std::size_t, int)>& measure,
                               const LoadClock& clock, const TurnOptions& options) {
  Turns turns;
  std::vector<double> least, round_times(candidates);
  int quiet = 0;
  for (int round = 0; round < options.most_rounds && quiet < options.rounds; ++round) {
    RAPPEL_ASSIGN(LoadReport report, measure_round(round_times, round, measure, clock, options));
    if (report.busy) {
      turns.busy = std::move(report.evidence);
      continue;
    }
    if (quiet++ == 0) least = round_times;
    for (std::size_t i = 0; i < candidates; ++i) least[i] = std::min(least[i], round_times[i]);
  }
  if (quiet < options.rounds) return turns;
  return Turns{std::move(least), ""};
}

std::string not_measured(const std::string& evidence) {
  return fmt::format("not measured: the machine is busy ({})", evidence);
}

}  // namespace rappel
