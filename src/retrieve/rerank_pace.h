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
  // Candidates that fit into the time; 0: not even one. Before the first measurement kUnmeasured.
  static constexpr std::size_t kUnmeasured = 5;
  std::size_t fitting(double milliseconds) const;
  // A query did without the reranker, because it would have taken too long. The expected time shrinks by a
  // twentieth, so that one slow call does not keep the reranker away for good.
  void left_out();

 private:
  const Clock clock_;
  mutable std::mutex mutex_;
  double mean_ = 0;  // milliseconds of a candidate; 0: not measured
};

}  // namespace rappel
