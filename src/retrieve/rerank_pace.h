// RerankPace: how long the reranker takes for a candidate, learned from its calls, so that a query reads as
// many candidates as fit into a time. Any thread may call any method.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>

namespace rappel {

class RerankPace {
 public:
  using Clock = std::function<double()>;  // milliseconds since some moment
  static double steady_milliseconds();

  explicit RerankPace(Clock clock = steady_milliseconds) : clock_(std::move(clock)) {}

  double now() const { return clock_(); }
  // A call took so long for that many candidates. Newer calls count more.
  void measured(std::size_t candidates, double milliseconds);
  // Candidates that fit, at least one. Before the first measurement kUnmeasured; budget 0: any number.
  static constexpr std::size_t kUnmeasured = 5;
  std::size_t fitting(double budget_milliseconds) const;

 private:
  const Clock clock_;
  mutable std::mutex mutex_;
  double mean_ = 0;  // milliseconds of a candidate; 0: not measured
};

}  // namespace rappel
