#include "server/input/tei_errors.h"

#include "embed/embedder.h"
#include "server/http/json_writer.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

struct Form {
  int status;
  std::string_view type;
};

Form form_of(TeiError error) {
  switch (error) {
    case TeiError::kUnhealthy: return {503, "Unhealthy"};
    case TeiError::kBackend: return {424, "Backend"};
    case TeiError::kOverloaded: return {429, "Overloaded"};
    case TeiError::kValidation: return {422, "Validation"};
    case TeiError::kTokenizer: return {422, "Tokenizer"};
    case TeiError::kEmpty: break;
  }
  return {400, "Empty"};
}

Response shaped(int status, std::string_view type, std::string_view message) {
  JsonWriter out;
  out.begin_object().key("error").string(message).key("error_type").string(type).end_object();
  return Response::json(out.take(), status);
}

Response wrong_schema(std::string_view rule) {
  return Response::text("Failed to deserialize the JSON body into the target type: " + std::string(rule),
                        422);
}

Response shape_of(const Refusal& refusal) {
  const int status = status_of(refusal.reason);
  switch (refusal.reason) {
    case Reason::kNotAuthenticated:
    case Reason::kOtherScheme:
    case Reason::kWrongToken:
      return shaped(401, "Unauthorized",
                    "This request has no valid token; send the header Authorization: Bearer TOKEN")
          .with("www-authenticate", "Bearer");
    case Reason::kBadRequest:
    case Reason::kBodyTooLarge: return Response::text(refusal.message, status);
    case Reason::kInvalid: return tei_error(TeiError::kValidation, refusal.message);
    case Reason::kBusy: return tei_error(TeiError::kOverloaded, refusal.message);
    case Reason::kInternal: return tei_error(TeiError::kBackend, refusal.message);
    case Reason::kNotReady: return tei_error(TeiError::kUnhealthy, refusal.message);
    case Reason::kGivenUp: return shaped(status, "Overloaded", refusal.message);
    default: return shaped(status, "Validation", refusal.message);
  }
}

}  // namespace

Response tei_error(TeiError error, std::string_view message) {
  const Form form = form_of(error);
  return shaped(form.status, form.type, message);
}

Response tei_empty(std::string_view name) {
  return tei_error(TeiError::kEmpty, "`" + std::string(name) + "` cannot be empty");
}

Response tei_missing(std::string_view name) {
  return wrong_schema("missing field `" + std::string(name) + "`");
}

Response tei_fault(const InputFault& fault) { return wrong_schema(fault.message); }

Response tei_refusal(const Refusal& refusal) { return with_refusal_headers(shape_of(refusal), refusal); }

Response tei_failure(const CoreGate& gate, const RequestHead& head, const Status& failure) {
  if (failure.id() == kTextTooLong)
    return tei_error(TeiError::kValidation, "Input validation error: " + failure.message());
  return tei_refusal(gate.refuse(head, failure));
}

}  // namespace rappel
