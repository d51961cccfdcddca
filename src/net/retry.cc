#include "net/retry.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace rappel {
namespace {

constexpr int kLongestWait_s = 120;
constexpr int kLongestBackoff_ms = 30'000;

// False when cancelled.
bool wait_for(std::chrono::milliseconds time, const std::stop_token& cancel) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, cancel, time, [] { return false; });
  return !cancel.stop_requested();
}

}  // namespace

bool is_retryable(int http_status) { return http_status == 408 || http_status == 429 || http_status >= 500; }

int retry_after_s(const HttpResponse& response) {
  const std::string_view text = response.header("retry-after");
  if (text.empty() || text.size() > 6) return -1;
  int seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    seconds = seconds * 10 + (c - '0');
  }
  return seconds;
}

Retry::Retry(RetryOptions options, Note note, std::stop_token cancel)
    : note_(std::move(note)),
      cancel_(std::move(cancel)),
      delay_ms_(options.delay_ms),
      limit_(options.attempts),
      deadline_(options.deadline) {}

Status Retry::again(const Status& failure, int wait_s) {
  if (++failures_ >= limit_ || wait_s > kLongestWait_s) return failure;
  const int backoff = delay_ms_ << std::clamp(failures_ - 1, 0, 10);
  const auto time = wait_s >= 0 ? std::chrono::milliseconds(std::chrono::seconds(wait_s))
                                : std::chrono::milliseconds(std::min(backoff, kLongestBackoff_ms));
  if (deadline_ && std::chrono::steady_clock::now() + time >= *deadline_) return failure;
  if (note_)
    note_(failure.message() + "; trying again in " + std::to_string((time.count() + 999) / 1000) + " s");
  if (!wait_for(time, cancel_)) return Status(Code::kCancelled, "cancelled");
  return {};
}

Result<HttpResponse> send_with_retries(const HttpClient& client, HttpRequest request, RetryOptions options,
                                       Retry::Note note) {
  using Clock = std::chrono::steady_clock;
  RAPPEL_CHECK(request.sink == nullptr, "a sink that has taken bytes cannot take them again");
  if (!is_idempotent(request.method) && !options.repeat_post) options.attempts = 1;
  if (request.timeout.count() > 0) options.deadline = Clock::now() + request.timeout;
  Retry retry(options, std::move(note), request.cancel);
  for (;;) {
    if (options.deadline)
      request.timeout =
          std::max(std::chrono::milliseconds(1),
                   std::chrono::ceil<std::chrono::milliseconds>(*options.deadline - Clock::now()));
    Result<HttpResponse> response = client.send(request);
    if (!response.ok() && response.status().code() != Code::kUnavailable) return response;
    if (response.ok() && !is_retryable(response->status)) return response;
    const Status failure =
        response.ok() ? Status(Code::kUnavailable, std::string(method_name(request.method)) + " " +
                                                       printable_url(request.url) + " answered with status " +
                                                       std::to_string(response->status))
                      : response.status();
    const Status verdict = retry.again(failure, response.ok() ? retry_after_s(*response) : -1);
    if (verdict.ok()) continue;
    if (verdict.code() == Code::kCancelled) return verdict;
    return response;
  }
}

}  // namespace rappel
