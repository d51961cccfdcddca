// JSON calls: one request with JSON in and JSON out, as the APIs of stores and models want it.
//
// A 2xx response is its JSON (null for an empty body). Everything else is a Status, so that callers handle
// one kind of failure: 400, 422 kInvalidArgument; 401, 403 kUnauthenticated; 404 kNotFound; 409, 412
// kFailedPrecondition; 413, 429 kResourceExhausted (with the seconds of Retry-After); 408 and 5xx
// kUnavailable; a 2xx body that is no JSON kCorrupt; others kInternal. The message names the request and the
// status; the cause is the beginning of the body.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "codec/json.h"
#include "net/retry.h"

namespace rappel {

struct JsonCall {
  HttpMethod method = HttpMethod::kPost;
  std::string url;
  std::optional<Json> body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // beyond Content-Type and Accept
  std::string bearer_token = {};
  std::chrono::milliseconds timeout{30'000};     // all attempts together; 0 = no limit
  std::size_t max_body = std::size_t{16} << 20;  // of the response: kResourceExhausted beyond
  RetryOptions retry = {};
  std::stop_token cancel = {};
};

// `note` hears of every retry; may be empty.
Result<Json> call_json(const HttpClient& client, const JsonCall& call, const Retry::Note& note = {});

}  // namespace rappel
