#include "retrieve/rerank_pace.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace rappel {
namespace {

constexpr double kShareOfNewest = 0.2;
constexpr double kLeastMean = 1e-6;

}  // namespace

double RerankPace::steady_milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void RerankPace::measured(std::size_t candidates, double milliseconds) {
  if (candidates == 0) return;
  const double each = std::max(milliseconds / static_cast<double>(candidates), kLeastMean);
  const std::lock_guard lock(mutex_);
  mean_ = mean_ == 0 ? each : mean_ + kShareOfNewest * (each - mean_);
}

std::size_t RerankPace::fitting(double budget_milliseconds) const {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  if (budget_milliseconds <= 0) return kAny;
  const std::lock_guard lock(mutex_);
  if (mean_ == 0) return kUnmeasured;
  const double fit = budget_milliseconds / mean_;
  constexpr double kMost = 1e9;
  return fit >= kMost ? kAny : std::max(static_cast<std::size_t>(fit), std::size_t{1});
}

}  // namespace rappel
