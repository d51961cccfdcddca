// HttpMetrics: how many requests were answered, how, and how long they took. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <tuple>

#include "base/histogram.h"
#include "base/metrics_text.h"

namespace rappel {

class HttpMetrics {
 public:
  // `route` and `method`: each one of a fixed set, kept as a view. A client that left before its answer
  // counts as status 499.
  void record(std::string_view route, std::string_view method, int status,
              std::chrono::duration<double> duration);
  void write(MetricsText& out) const;

  static constexpr int kClientGone = 499;

 private:
  using Key = std::tuple<std::string_view, std::string_view, int>;

  mutable std::mutex mutex_;
  std::map<Key, Histogram> durations_;
};

}  // namespace rappel
