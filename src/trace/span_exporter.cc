#include "trace/span_exporter.h"

#include <algorithm>
#include <exception>
#include <iterator>

#include "base/log.h"
#include "trace/otlp_json.h"

namespace rappel {

SpanExporter::SpanExporter(SpanExporterOptions options, Logger* logger)
    : options_(std::move(options)), logger_(logger), client_(options_.http), thread_([this] { run(); }) {}

SpanExporter::~SpanExporter() { stop(std::chrono::milliseconds(0)); }

void SpanExporter::add(std::vector<Span> spans) {
  const std::lock_guard lock(mutex_);
  const std::size_t room = stopping_ ? 0 : options_.max_queue - queue_.size();
  const std::size_t kept = std::min(room, spans.size());
  std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(kept), std::back_inserter(queue_));
  counts_.dropped += spans.size() - kept;
  if (queue_.size() >= options_.max_batch) changed_.notify_all();
}

SpanCounts SpanExporter::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void SpanExporter::stop(std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, limit, [this] { return ended_; });
    hurried_ = true;
    changed_.notify_all();
  }
  abandon_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SpanExporter::run() {
  for (;;) {
    try {
      const std::vector<Span> batch = next_batch();
      if (batch.empty()) break;
      send(batch);
    } catch (const std::exception&) {  // no memory: the batch is lost
    }
  }
  const std::lock_guard lock(mutex_);
  counts_.dropped += queue_.size();
  queue_.clear();
  ended_ = true;
  changed_.notify_all();
}

// Empty at the end.
std::vector<Span> SpanExporter::next_batch() {
  std::unique_lock lock(mutex_);
  do {
    changed_.wait_for(lock, options_.interval,
                      [this] { return stopping_ || queue_.size() >= options_.max_batch; });
  } while (queue_.empty() && !stopping_);
  if (hurried_) return {};
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.max_batch));
  std::vector<Span> batch(std::move_iterator(queue_.begin()), std::move_iterator(queue_.begin() + count));
  queue_.erase(queue_.begin(), queue_.begin() + count);
  return batch;
}

void SpanExporter::send(const std::vector<Span>& batch) {
  const std::string body = otlp_json(batch, options_.resource);
  Status status;
  auto pause = options_.first_pause;
  for (int tries = 0; tries < options_.tries; ++tries, pause *= 2) {
    if (tries > 0 && !wait_before_retry(pause)) break;
    bool may_retry = false;
    status = post(body, may_retry);
    if (status.ok() || !may_retry) break;
  }
  tell(status);
  const std::lock_guard lock(mutex_);
  (status.ok() ? counts_.sent : counts_.failed) += batch.size();
}

// False when the exporter stops: what has failed is not tried again.
bool SpanExporter::wait_before_retry(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, pause, [this] { return stopping_; });
}

Status SpanExporter::post(const std::string& body, bool& may_retry) const {
  HttpRequest request;
  request.method = HttpMethod::kPost;
  request.url = options_.url;
  request.headers = options_.headers;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  request.timeout = options_.timeout;
  request.redirects = HttpRedirects::kSameOrigin;
  request.cancel = abandon_.get_token();
  const auto answer = client_.send(request);
  may_retry = !answer.ok();
  if (!answer.ok()) return answer.status();
  const int status = answer->status;
  if (status >= 200 && status < 300) return {};
  may_retry = status == 429 || (status >= 502 && status <= 504);
  return Status(Code::kUnavailable, printable_url(options_.url) + " answered " + std::to_string(status));
}

void SpanExporter::tell(const Status& status) {
  if (logger_ != nullptr && status.ok() && unreachable_) logger_->info("traces reach the collector again");
  if (logger_ != nullptr && !status.ok() && !unreachable_)
    logger_->warn("cannot send traces: {}; check OTEL_EXPORTER_OTLP_ENDPOINT; requests go on without them",
                  status.to_string());
  unreachable_ = !status.ok();
}

}  // namespace rappel
