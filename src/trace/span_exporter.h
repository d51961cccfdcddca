// SpanExporter: sends spans to a collector of OpenTelemetry, as OTLP over HTTP in JSON.
//
// add() never waits and never fails: beyond the bound of the queue spans are dropped and counted. A thread of
// its own sends them in batches. A collector that does not answer, or asks to come again (429, 502, 503,
// 504), is tried a few times, ever later; then the batch is dropped. stop() sends what is left within its
// limit. Any thread may call any method.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "trace/span.h"

namespace rappel {

class Logger;

struct SpanExporterOptions {
  std::string url;  // of the collector's traces: http://127.0.0.1:4318/v1/traces
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<SpanAttribute> resource;
  HttpClientOptions http;
  std::chrono::milliseconds timeout{10'000};     // of one request
  std::chrono::milliseconds interval{5'000};     // a span waits so long at most for others
  std::chrono::milliseconds first_pause{1'000};  // before a batch is sent again; then twice as long
  std::size_t max_queue = 2048;
  std::size_t max_batch = 512;
  int tries = 4;
};

struct SpanCounts {
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;  // the queue was full
  std::uint64_t failed = 0;   // the collector did not take them
};

class SpanExporter {
 public:
  // `logger` may be null. A collector that cannot be reached is logged once, until it can be again.
  SpanExporter(SpanExporterOptions options, Logger* logger);
  ~SpanExporter();
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;

  void add(std::vector<Span> spans);
  SpanCounts counts() const;
  // Ends the thread; spans that are added later are dropped. Any number of times.
  void stop(std::chrono::milliseconds limit);

 private:
  void run();
  std::vector<Span> next_batch();
  void send(const std::vector<Span>& batch);
  bool wait_before_retry(std::chrono::milliseconds pause);
  Status post(const std::string& body, bool& may_retry) const;
  void tell(const Status& status);

  const SpanExporterOptions options_;
  Logger* const logger_;
  const HttpClient client_;
  std::stop_source abandon_;  // the request on its way
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Span> queue_;
  SpanCounts counts_;
  bool stopping_ = false, ended_ = false, hurried_ = false;
  bool unreachable_ = false;  // of the thread
  std::thread thread_;        // uses all of the above
};

}  // namespace rappel
