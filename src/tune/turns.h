// Turns: measuring candidates so that other programs of the machine do not decide.
//
// Candidates are measured in turns (A B C A B C ..) and the least time of each counts, because disturbances
// only make times longer. The load of the machine is read around every round; a round in which other programs
// computed is not used. Where no quiet rounds are to be found, nothing was measured, and the caller keeps its
// defaults.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/load.h"
#include "base/status.h"

namespace rappel {

// Where the load comes from: this machine, or the numbers of a test.
struct LoadClock {
  std::function<LoadSample()> now = load_now;
  std::function<void(double seconds)> pause;  // empty: sleeps

  void wait(double seconds) const;
};

struct QuietOptions {
  int threads = 1;       // that will compute
  double patience = 10;  // seconds to wait for a quiet machine
  std::stop_token stop;
  std::function<void(const std::string& evidence)> waiting;  // may be empty; called while it is busy
};

// Looks at the machine while this process rests, again and again until it is quiet or patience ends. Empty:
// it is quiet; else the evidence that it is busy.
std::string wait_until_quiet(const LoadClock& clock, const QuietOptions& options);

struct TurnOptions {
  int threads = 1;      // that compute; as describe_load() takes it
  double share = 0;     // as describe_load() takes it
  int rounds = 3;       // quiet ones that are wanted
  int most_rounds = 6;  // in all
  std::stop_token stop;
};

struct Turns {
  std::vector<double> least;  // of each candidate over the quiet rounds; empty when the machine was busy
  std::string busy;           // the evidence; empty: it was quiet
};

// `measure(candidate, round)`: any figure of which less is better, such as seconds. kCancelled after a
// request to stop; the errors of `measure`.
Result<Turns> measure_in_turns(std::size_t candidates,
                               const std::function<Result<double>(std::size_t, int)>& measure,
                               const LoadClock& clock, const TurnOptions& options);

// "not measured: the machine is busy (other programs use 1.8 of 2 CPUs)"
std::string not_measured(const std::string& evidence);

}  // namespace rappel
