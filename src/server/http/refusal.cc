#include "server/http/refusal.h"

#include <fmt/format.h>

#include <utility>

#include "base/fault_id.h"

namespace rappel {
namespace {

bool worth_another_try(Refusal::Reason reason) {
  const int status = status_of(reason);
  return status == 408 || status == 409 || status == 429 || status == 503 || status == 507;
}

}  // namespace

int status_of(Refusal::Reason reason) {
  using Reason = Refusal::Reason;
  switch (reason) {
    case Reason::kBadRequest: return 400;
    case Reason::kNotAuthenticated:
    case Reason::kOtherScheme:
    case Reason::kWrongToken: return 401;
    case Reason::kForeignHost:
    case Reason::kForeignOrigin:
    case Reason::kForbidden: return 403;
    case Reason::kNoSuchPath: return 404;
    case Reason::kWrongMethod: return 405;
    case Reason::kTooSlow: return 408;
    case Reason::kConflict: return 409;
    case Reason::kBodyTooLarge:
    case Reason::kAnswerTooLarge: return 413;
    case Reason::kContentCoding: return 415;
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

Refusal rate_refusal(const Rate& rate, int retry_after_s) {
  return {Refusal::Reason::kBusy,
          fmt::format("This token may send {} requests, try again in {} s", rate_text(rate), retry_after_s),
          retry_after_s};
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

Refusal disk_full_refusal() {
  return {Refusal::Reason::kDiskFull,
          "No space is left on the server's disk, nothing was changed: free some space or remove "
          "documents, and try again",
          kOperatorSeconds};
}

Refusal same_key_in_use_refusal() {
  return {Refusal::Reason::kConflict, "A request with this Idempotency-Key is being worked on: ask again", 1};
}

Refusal other_body_refusal() {
  return {Refusal::Reason::kInvalid,
          "This Idempotency-Key has come with another request; use a new key for each request"};
}

Refusal internal_refusal() { return {Refusal::Reason::kInternal, "Internal Service Error"}; }

Refusal forbidden_refusal(Scope scope) {
  return {Refusal::Reason::kForbidden,
          fmt::format("This token lacks the scope {}: use one that has it", scope_name(scope))};
}

Response with_refusal_headers(Response response, const Refusal& refusal) {
  int seconds = refusal.retry_after_s;
  if (seconds <= 0 && worth_another_try(refusal.reason)) seconds = kRetrySeconds;
  if (seconds > 0) response.with("retry-after", std::to_string(seconds));
  if (refusal.reason == Refusal::Reason::kContentCoding)
    response.with("accept-encoding", std::string(kAcceptedCodings));
  if (!refusal.allow.empty()) response.with("allow", refusal.allow);
  return response;
}

}  // namespace rappel
