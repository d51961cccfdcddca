// Retries: when a request is worth another attempt, how long to wait before it, and a loop that does both.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "net/http_client.h"

namespace rappel {

// 408, 429 and 5xx.
bool is_retryable(int http_status);
// The seconds of a Retry-After header; -1 when it has none or gives a date.
int retry_after_s(const HttpResponse& response);

struct RetryOptions {
  int attempts = 5;          // in a row that bring no byte
  int delay_ms = 500;        // before the second attempt; doubled from attempt to attempt, at most 30 s
  bool repeat_post = false;  // send_with_retries(): the caller knows that a second POST does no harm
  // No attempt begins after this.
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
};

// One object per thing to be fetched; not thread-safe.
class Retry {
 public:
  using Note = std::function<void(const std::string&)>;
  Retry(RetryOptions options, Note note, std::stop_token cancel);

  // The attempt brought bytes: it does not count as failed, and the count starts over.
  void progress() { failures_ = -1; }
  // Call it after a failed attempt. Waits and returns Ok if another attempt makes sense; otherwise returns
  // the status for the caller to return: `failure` itself, or kCancelled. wait_s >= 0: the time that the
  // server requested; if it is too long, returns `failure`.
  Status again(const Status& failure, int wait_s = -1);
  // Transport failures are given up after this many (a machine without network should not wait for long).
  void limit(int attempts) { limit_ = attempts; }

 private:
  Note note_;
  std::stop_token cancel_;
  int delay_ms_;
  int limit_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  int failures_ = 0;
};

// Sends the request again after a transport failure (kUnavailable) and after a status that is_retryable(),
// while that is worth it; the last response or failure is returned. POST is sent once unless repeat_post.
// request.timeout limits all attempts and waits together. Not for requests with a sink. `note` may be empty.
Result<HttpResponse> send_with_retries(const HttpClient& client, HttpRequest request, RetryOptions options,
                                       Retry::Note note);

}  // namespace rappel
