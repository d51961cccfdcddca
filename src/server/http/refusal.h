// Refusal: why a request gets no answer of its own, before anyone has said how that looks. The transport and
// the core's gate make refusals; each protocol writes them in the error shape of its contract.
#pragma once

#include <string>

#include "server/http/response.h"

namespace rappel {

struct Refusal {
  enum class Reason {
    kBadRequest,        // 400: not HTTP
    kNotAuthenticated,  // 401: no token
    kOtherScheme,       // 401: credentials of another scheme than Bearer
    kWrongToken,        // 401
    kForeignHost,       // 403: without tokens, Host is no name of this machine
    kForeignOrigin,     // 403: without tokens, a page of another origin
    kNoSuchPath,        // 404
    kWrongMethod,       // 405; `allow` has those that are
    kTooSlow,           // 408: header or body did not arrive in time
    kBodyTooLarge,      // 413
    kExpectation,       // 417
    kInvalid,           // 422: the core refuses a value
    kBusy,              // 429: a queue or the room for bodies is full
    kHeaderTooLarge,    // 431
    kInternal,          // 500
    kTransferEncoding,  // 501
    kNotReady,          // 503: the models are absent, or too many connections are open
    kGivenUp,           // 503: the deadline passed
  };
  Reason reason = Reason::kInternal;
  std::string message;  // for the client: no cause, nothing secret
  int retry_after_s = 0;
  std::string allow = {};
};

// The status code of RFC 9110 for the reason.
int status_of(Refusal::Reason reason);

// The headers that every shape of error has: Retry-After, Allow.
Response with_refusal_headers(Response response, const Refusal& refusal);

}  // namespace rappel
