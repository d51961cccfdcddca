#include "server/http/refusal.h"

#include <utility>

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
    case Reason::kBodyTooLarge: return 413;
    case Reason::kExpectation: return 417;
    case Reason::kInvalid: return 422;
    case Reason::kBusy: return 429;
    case Reason::kHeaderTooLarge: return 431;
    case Reason::kInternal: return 500;
    case Reason::kTransferEncoding: return 501;
    case Reason::kNotReady:
    case Reason::kGivenUp: break;
  }
  return 503;
}

Response with_refusal_headers(Response response, const Refusal& refusal) {
  if (refusal.retry_after_s > 0) response.with("retry-after", std::to_string(refusal.retry_after_s));
  if (!refusal.allow.empty()) response.with("allow", refusal.allow);
  return response;
}

}  // namespace rappel
