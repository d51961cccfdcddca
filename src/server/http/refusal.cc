#include "server/http/refusal.h"

#include <fmt/format.h>

#include <utility>

#include "base/fault_id.h"

namespace rappel {

int status_of(Refusal::Reason reason) {
  using Reason = Refusal::Reason;
  switch (reason) {
    case Reason::kBadRequest: return 400;
    case Reason::kNotAuthenticated:
    case Reason::kOtherScheme:
    case Reason::kWrongToken: return 401;
    case Reason::kForeignHost:
    case Reason::kForeignOrigin: return 403;
    case Reason::kNoSuchPath: return 404;
    case Reason::kWrongMethod: return 405;
    case Reason::kTooSlow: return 408;
    case Reason::kBodyTooLarge:
    case Reason::kAnswerTooLarge: return 413;
    case Reason::kExpectation: return 417;
    case Reason::kInvalid: return 422;
    case Reason::kBusy: return 429;
    case Reason::kHeaderTooLarge: return 431;
    case Reason::kInternal: return 500;
    case Reason::kTransferEncoding: return 501;
    case Reason::kDiskFull: return 507;
    case Reason::kNotReady:
    case Reason::kGivenUp: break;
  }
  return 503;
}

Refusal busy_refusal(int retry_after_s) {
  return {Refusal::Reason::kBusy, "The server is busy: try again in a moment", retry_after_s};
}

Refusal no_room_refusal(int retry_after_s) {
  return {Refusal::Reason::kBusy,
          "The server has no room for this request: try again in a moment, or send less at once",
          retry_after_s};
}

Refusal too_many_connections_refusal() {
  return {Refusal::Reason::kNotReady,
          "Too many connections: try again in a moment" + fault_mark("too-many-connections"), 1};
}

Refusal given_up_refusal() {
  return {Refusal::Reason::kGivenUp, "The request was given up: try again in a moment", kRetrySeconds};
}

Refusal too_late_refusal(std::chrono::milliseconds limit, int retry_after_s) {
  return {Refusal::Reason::kGivenUp,
          fmt::format(
              "The request was not finished within {} s and was given up; an upsert may have been completed",
              std::chrono::duration<double>(limit).count()),
          retry_after_s};
}

Refusal internal_refusal() { return {Refusal::Reason::kInternal, "Internal Service Error"}; }

Response with_refusal_headers(Response response, const Refusal& refusal) {
  if (refusal.retry_after_s > 0) response.with("retry-after", std::to_string(refusal.retry_after_s));
  if (!refusal.allow.empty()) response.with("allow", refusal.allow);
  return response;
}

}  // namespace rappel
