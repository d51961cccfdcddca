// StopPoll: asks a stop token now and then, for loops whose steps are cheaper than the question.
//
// The answer stays true once it is true. Not for several threads at once.
#pragma once

#include <cstddef>
#include <stop_token>
#include <utility>

namespace rappel {

class StopPoll {
 public:
  // Steps between two questions: some 100 us of work on characters.
  static constexpr std::size_t kSteps = 16384;

  StopPoll() = default;  // never stops
  explicit StopPoll(std::stop_token token) : token_(std::move(token)) {}

  // Call it once per step, or with the number of steps done since the last call.
  bool stopped(std::size_t steps = 1) {
    if (steps < left_) {
      left_ -= steps;
      return stopped_;
    }
    left_ = kSteps;
    stopped_ = stopped_ || token_.stop_requested();
    return stopped_;
  }

 private:
  std::stop_token token_;
  std::size_t left_ = kSteps;
  bool stopped_ = false;
};

}  // namespace rappel
