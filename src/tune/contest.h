// Contest: how fast an embedder computes with different settings, measured in turns (turns.h).
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "tune/measure.h"
#include "tune/turns.h"

namespace rappel {

struct Contender {
  std::string name;  // "int8", "4 threads"
  EngineSettings settings;
};

struct ContestSetup {
  const HubSettings& hub;
  Logger& logger;
  std::stop_token stop;
  std::function<void(const std::string& words)> step;  // before each load and each round
  LoadClock clock = {};
};

struct Speeds {
  // Tokens per second of each contender; none where the device lacks the precision, and in all of them where
  // the machine was busy.
  std::vector<std::optional<double>> tokens_per_second;
  // Whether a contender gives the same vector, bit for bit, as the first one: it does the same work, has the
  // same speed, and was not measured.
  std::vector<bool> same;
  std::string busy;  // the evidence; empty: measured
};

// The embedder alone of each contender. All are kept in memory at once where that has room for them (a third
// of what is free), else each is loaded for its turn. Errors: those of loading and computing, except that a
// precision which the device lacks (kUnsupported) leaves that contender out; kCancelled after a request to
// stop.
Result<Speeds> contest(std::vector<Contender> contenders, const ContestSetup& setup);

// Seconds per token of the fastest pass over texts of a chunk's length, in about 0.2 seconds.
Result<double> seconds_per_token(Embedder& embedder);

}  // namespace rappel
