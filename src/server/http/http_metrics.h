// HttpMetrics: how many requests were answered, how, and how long they took. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/metrics_text.h"

namespace rappel {

class HttpMetrics {
 public:
  // `route`: one of a fixed set, kept as a view. A client that left before its answer counts as status 499.
  void record(std::string_view route, int status, std::chrono::duration<double> duration);
  void write(MetricsText& out) const;

  static constexpr int kClientGone = 499;

 private:
  static constexpr std::array kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                      0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};  // seconds
  struct Latency {
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};  // the last: longer than all bounds
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string_view, int>, std::uint64_t> requests_;
  std::map<std::string_view, Latency> latencies_;
};

}  // namespace rappel
