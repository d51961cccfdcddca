// The load of the machine during measurements that may be too short for the kernel's counters.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/os/load.h"

namespace rappel {

// Joins measurements until their time can be judged. The time between end() and begin() does not count.
class LoadWatch {
 public:
  // `now`: where the load comes from; a test gives its own.
  explicit LoadWatch(std::function<LoadSample()> now = load_now) : now_(std::move(now)) {}

  void begin();
  // `threads`: that computed, as describe_load() takes it. The evidence that the machine was busy since the
  // last judgement. Empty: it was quiet, or the time (less than kShortestLook) is judged with the next
  // measurement.
  std::string end(int threads);

 private:
  std::function<LoadSample()> now_;
  std::optional<LoadSample> start_;  // moved forward by the time that does not count
  LoadSample last_;
};

}  // namespace rappel
