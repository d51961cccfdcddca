#include "server/http/http_metrics.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace rappel {

void HttpMetrics::record(std::string_view route, int status, std::chrono::duration<double> duration) {
  const auto bucket = static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), duration.count()) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Latency& latency = latencies_[route];
  ++latency.buckets[bucket];
  latency.sum += duration.count();
}

void HttpMetrics::write(MetricsText& out) const {
  const std::lock_guard lock(mutex_);
  out.family("rappel_http_requests_total", MetricsText::Type::kCounter,
             "Requests answered; 499: the client left before its answer.");
  for (const auto& [key, count] : requests_)
    out.sample(static_cast<double>(count), {{"path", key.first}, {"status", std::to_string(key.second)}});
  out.family("rappel_http_request_seconds", MetricsText::Type::kHistogram,
             "From a request's first byte to the last of its answer.");
  for (const auto& [route, latency] : latencies_) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < latency.buckets.size(); ++i) {
      total += latency.buckets[i];
      const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
      out.sample(static_cast<double>(total), {{"path", route}, {"le", bound}}, "_bucket");
    }
    out.sample(latency.sum, {{"path", route}}, "_sum");
    out.sample(static_cast<double>(total), {{"path", route}}, "_count");
  }
}

}  // namespace rappel
