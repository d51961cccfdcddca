#include "trace/span_exporter.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/log.h"
#include "net/test_server.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::hours kNever{1};

std::vector<Span> spans(std::size_t count) {
  return std::vector<Span>(
      count, Span{.trace_id = std::string(32, 'a'), .id = std::string(16, 'b'), .name = "search"});
}

class SpanExporterTest : public testing::Test {
 protected:
  SpanExporterTest() {
    options_.interval = kNever;
    options_.first_pause = milliseconds(1);
    options_.max_queue = 8;
    options_.max_batch = 4;
  }
  SpanExporter& start(const TinyServer& collector) {
    options_.url = collector.url("/v1/traces");
    exporter_ = std::make_unique<SpanExporter>(options_, logger_.get());
    return *exporter_;
  }
  static std::string status(const char* line) {
    return std::string("HTTP/1.1 ") + line + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  }

  SpanExporterOptions options_;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  std::unique_ptr<SpanExporter> exporter_;
};

TEST_F(SpanExporterTest, SendsBatchesAndTheRestAtTheStop) {
  const TinyServer collector([](const std::string&) { return ok("{}"); });
  options_.headers = {{"api-key", "secret"}};
  SpanExporter& exporter = start(collector);
  exporter.add(spans(4));
  while (exporter.counts().sent < 4) std::this_thread::sleep_for(milliseconds(1));  // or the test times out
  exporter.add(spans(1));
  exporter.stop(kNever);
  EXPECT_EQ(exporter.counts().sent, 5u);
  const auto heads = collector.heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_TRUE(heads[0].starts_with("POST /v1/traces HTTP/1.1\r\n")) << heads[0];
  EXPECT_NE(heads[0].find("api-key: secret\r\n"), std::string::npos);
  EXPECT_NE(heads[0].find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(heads[1].find("{\"resourceSpans\":[{"), std::string::npos);
  exporter.add(spans(3));
  EXPECT_EQ(exporter.counts().dropped, 3u) << "after the stop";
}

TEST_F(SpanExporterTest, AFullQueueDropsAndCounts) {
  std::atomic<bool> may_answer{false};
  const TinyServer collector([&](const std::string&) {
    while (!may_answer) std::this_thread::sleep_for(milliseconds(1));
    return ok("{}");
  });
  SpanExporter& exporter = start(collector);
  exporter.add(spans(4));
  while (collector.heads().empty()) std::this_thread::sleep_for(milliseconds(1));
  exporter.add(spans(20));  // the first four are on their way
  EXPECT_EQ(exporter.counts().dropped, 12u);
  may_answer = true;
  exporter.stop(kNever);
  EXPECT_EQ(exporter.counts().sent, 12u);
}

TEST_F(SpanExporterTest, ABusyCollectorIsAskedAgain) {
  std::atomic<int> asked{0};
  const TinyServer collector([&](const std::string&) { return ++asked < 3 ? status("503 Busy") : ok("{}"); });
  SpanExporter& exporter = start(collector);
  exporter.add(spans(4));
  while (exporter.counts().sent < 4) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(exporter.counts().failed, 0u);
}

TEST_F(SpanExporterTest, ARefusalIsCountedAndLoggedOnce) {
  const TinyServer collector([](const std::string&) { return status("400 Bad"); });
  SpanExporter& exporter = start(collector);
  exporter.add(spans(8));
  exporter.stop(kNever);
  EXPECT_EQ(exporter.counts().failed, 8u);
  EXPECT_EQ(collector.heads().size(), 2u) << "not tried again";
  const std::size_t line = log_.find("cannot send traces: ");
  ASSERT_NE(line, std::string::npos) << log_;
  EXPECT_EQ(log_.find("cannot send traces: ", line + 1), std::string::npos) << log_;
  EXPECT_NE(log_.find("answered 400"), std::string::npos) << log_;
}

TEST_F(SpanExporterTest, StopDoesNotWaitForASilentCollector) {
  std::atomic<bool> may_answer{false};
  const TinyServer collector([&](const std::string&) {
    while (!may_answer) std::this_thread::sleep_for(milliseconds(1));
    return ok("{}");
  });
  options_.timeout = kNever;
  options_.http.stall_timeout_s = 3600;
  SpanExporter& exporter = start(collector);
  exporter.add(spans(4));
  while (collector.heads().empty()) std::this_thread::sleep_for(milliseconds(1));
  exporter.stop(milliseconds(1));  // or the test times out
  EXPECT_EQ(exporter.counts().sent, 0u);
  may_answer = true;
}

}  // namespace
}  // namespace rappel
