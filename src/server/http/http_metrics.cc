#include "server/http/http_metrics.h"

#include <string>

namespace rappel {
namespace {

constexpr double kBounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                              0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};  // seconds

}  // namespace

void HttpMetrics::record(std::string_view route, std::string_view method, int status,
                         std::chrono::duration<double> duration) {
  const std::lock_guard lock(mutex_);
  durations_.try_emplace({route, method, status}, kBounds).first->second.add(duration.count());
}

void HttpMetrics::write(MetricsText& out) const {
  const std::lock_guard lock(mutex_);
  out.family("rappel_http_request_duration_seconds", MetricsText::Type::kHistogram,
             "From a request's first byte to the last of its answer; status 499: the client left before its "
             "answer.");
  for (const auto& [key, durations] : durations_) {
    const auto& [route, method, status] = key;
    durations.write(out, {{"route", route}, {"method", method}, {"status", std::to_string(status)}});
  }
}

}  // namespace rappel
