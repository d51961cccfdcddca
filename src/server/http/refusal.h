// Refusal: why a request gets no answer of its own, before anyone has said how that looks. The transport and
// the core's gate make refusals; each protocol writes them in the error shape of its contract.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "access/principal.h"
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
    kForbidden,         // 403: the token does not allow this
    kNoSuchPath,        // 404
    kWrongMethod,       // 405; `allow` has those that are
    kTooSlow,           // 408: header or body did not arrive in time
    kConflict,          // 409: a request with the same Idempotency-Key is under way
    kBodyTooLarge,      // 413
    kAnswerTooLarge,    // 413: `message` says what to ask for or to send instead
    kContentCoding,     // 415: with the codings that are accepted
    kExpectation,       // 417
    kInvalid,           // 422: the core refuses a value
    kBusy,              // 429: a queue or the room for bodies is full, or the token has used up its rate
    kHeaderTooLarge,    // 431
    kInternal,          // 500
    kTransferEncoding,  // 501
    kDiskFull,          // 507
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

// The codings that content_coding.h decodes, for the header Accept-Encoding of a refusal.
inline constexpr std::string_view kAcceptedCodings = "gzip, deflate";

// Seconds after which a client may try again where nothing better is known.
inline constexpr int kRetrySeconds = 5;
// Where somebody has to do something first.
inline constexpr int kOperatorSeconds = 30;

// The refusals of a server that has too much to do or failed. Their words are written here alone.
Refusal busy_refusal(int retry_after_s = kRetrySeconds);    // a queue is full, or memory is short
Refusal rate_refusal(const Rate& rate, int retry_after_s);  // the token has sent too many requests
Refusal no_room_refusal(int retry_after_s);                 // the room for bodies is full
Refusal too_many_connections_refusal();  // with the fault id that `rappel doctor` looks for
Refusal given_up_refusal();              // a deadline within the core
Refusal too_late_refusal(std::chrono::milliseconds limit, int retry_after_s);  // of the whole request
Refusal disk_full_refusal();
Refusal same_key_in_use_refusal();  // a request with this Idempotency-Key is under way
Refusal other_body_refusal();       // the Idempotency-Key has come with another body
Refusal internal_refusal();
Refusal forbidden_refusal(Scope scope);  // the token lacks it

// The headers that every shape of error has: Retry-After (with every refusal that another try may not meet),
// Allow, Accept-Encoding.
Response with_refusal_headers(Response response, const Refusal& refusal);

}  // namespace rappel
