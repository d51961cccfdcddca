#include "retrieve/rerank_pace.h"

#include <algorithm>
#include <chrono>

namespace rappel {
namespace {

constexpr double kShareOfNewest = 0.2;
constexpr double kLeastMean = 1e-6;
constexpr double kAfterLeavingOut = 0.95;

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

std::size_t RerankPace::fitting(double milliseconds) const {
  const std::lock_guard lock(mutex_);
  if (mean_ == 0) return kUnmeasured;
  constexpr double kMost = 1e9;
  return static_cast<std::size_t>(std::clamp(milliseconds / mean_, 0.0, kMost));
}

void RerankPace::left_out() {
  const std::lock_guard lock(mutex_);
  mean_ *= kAfterLeavingOut;
}

}  // namespace rappel
