#include "net/json_call.h"

#include <algorithm>

namespace rappel {
namespace {

constexpr std::size_t kMaxCause = 500;

Code code_of(int http_status) {
  switch (http_status) {
    case 400:
    case 422: return Code::kInvalidArgument;
    case 401:
    case 403: return Code::kUnauthenticated;
    case 404: return Code::kNotFound;
    case 409:
    case 412: return Code::kFailedPrecondition;
    case 413:
    case 429: return Code::kResourceExhausted;
    case 408: return Code::kUnavailable;
    default: return http_status >= 500 ? Code::kUnavailable : Code::kInternal;
  }
}

HttpRequest request_of(const JsonCall& call) {
  HttpRequest request;
  request.method = call.method;
  request.url = call.url;
  request.headers = call.headers;
  request.headers.emplace_back("Accept", "application/json");
  if (call.body) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = dump_json(*call.body);
  }
  request.bearer_token = call.bearer_token;
  request.timeout = call.timeout;
  request.max_body = call.max_body;
  request.cancel = call.cancel;
  return request;
}

}  // namespace

Result<Json> call_json(const HttpClient& client, const JsonCall& call, const Retry::Note& note) {
  RAPPEL_ASSIGN(const HttpResponse response, send_with_retries(client, request_of(call), call.retry, note));
  const std::string what = std::string(method_name(call.method)) + " " + printable_url(call.url);
  const std::string cause = response.body.substr(0, std::min(kMaxCause, response.body.size()));
  if (response.status < 200 || response.status >= 300) {
    Status failure(code_of(response.status),
                   what + " answered with status " + std::to_string(response.status), cause);
    return std::move(failure).with_retry_after(std::max(0, retry_after_s(response)));
  }
  if (response.body.empty()) return Json();
  auto json = parse_json(response.body);
  if (!json.ok()) return Status(Code::kCorrupt, what + " answered with something that is no JSON", cause);
  return json;
}

}  // namespace rappel
