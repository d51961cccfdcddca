#include "base/metrics_text.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

// The examples of the Prometheus documentation of the format, without timestamps.
TEST(MetricsText, WritesPrometheusTextFormat) {
  MetricsText out;
  out.family("http_requests_total", MetricsText::Type::kCounter, "The total number of HTTP requests.");
  out.sample(1027, {{"method", "post"}, {"code", "200"}}).sample(3, {{"method", "post"}, {"code", "400"}});
  out.family("msdos_file_access_time_seconds", MetricsText::Type::kGauge, "Access.");
  out.sample(1.458255915e9, {{"path", "C:\\DIR\\FILE.TXT"}, {"error", "Cannot find file:\n\"FILE.TXT\""}});
  out.family("latency_seconds", MetricsText::Type::kHistogram, "A histogram.");
  out.sample(24054, {{"le", "0.05"}}, "_bucket").sample(144320, {{"le", "+Inf"}}, "_bucket");
  out.sample(53423.5, {}, "_sum").sample(144320, {}, "_count");
  EXPECT_EQ(out.take(),
            "# HELP http_requests_total The total number of HTTP requests.\n"
            "# TYPE http_requests_total counter\n"
            "http_requests_total{method=\"post\",code=\"200\"} 1027\n"
            "http_requests_total{method=\"post\",code=\"400\"} 3\n"
            "# HELP msdos_file_access_time_seconds Access.\n"
            "# TYPE msdos_file_access_time_seconds gauge\n"
            "msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find "
            "file:\\n\\\"FILE.TXT\\\"\"} "
            "1458255915\n"
            "# HELP latency_seconds A histogram.\n"
            "# TYPE latency_seconds histogram\n"
            "latency_seconds_bucket{le=\"0.05\"} 24054\n"
            "latency_seconds_bucket{le=\"+Inf\"} 144320\n"
            "latency_seconds_sum 53423.5\n"
            "latency_seconds_count 144320\n");
}

}  // namespace
}  // namespace rappel
