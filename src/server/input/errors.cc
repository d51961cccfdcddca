#include "server/input/errors.h"

namespace rappel {
namespace {

int plugin_status(Refusal::Reason reason) {
  const bool forbidden =
      reason == Refusal::Reason::kNotAuthenticated || reason == Refusal::Reason::kOtherScheme;
  return forbidden ? 403 : status_of(reason);
}

}  // namespace

Response plugin_refusal(const Refusal& refusal) {
  return with_refusal_headers(Response::detail(plugin_status(refusal.reason), refusal.message), refusal);
}

Response unusable_key_response() {
  return Response::detail(400, "The Idempotency-Key must be at most 255 printable ASCII characters");
}

Response validation_response(const FieldErrors& errors) { return Response::json(errors.to_json(), 422); }

}  // namespace rappel
