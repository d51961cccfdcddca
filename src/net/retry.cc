#include "net/retry.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

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
      limit_(options.attempts) {}

Status Retry::again(const Status& failure, int wait_s) {
  if (++failures_ >= limit_ || wait_s > kLongestWait_s) return failure;
  const int backoff = delay_ms_ << std::clamp(failures_ - 1, 0, 10);
  const auto time = wait_s >= 0 ? std::chrono::milliseconds(std::chrono::seconds(wait_s))
                                : std::chrono::milliseconds(std::min(backoff, kLongestBackoff_ms));
  note_(failure.message() + "; trying again in " + std::to_string((time.count() + 999) / 1000) + " s");
  if (!wait_for(time, cancel_)) return Status(Code::kCancelled, "cancelled");
  return {};
}

}  // namespace rappel
