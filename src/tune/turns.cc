#include "tune/turns.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace rappel {
namespace {

constexpr double kLook = 0.3;  // seconds of a look at the machine

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
    const LoadSample before = clock.now();
    for (std::size_t i = 0; i < candidates; ++i) {
      if (options.stop.stop_requested()) return Status(Code::kCancelled, "stopped");
      RAPPEL_ASSIGN(round_times[i], measure(i, round));
    }
    LoadReport report = describe_load(before, clock.now(), options.threads, options.share);
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
