#include "server/input/model_errors.h"

#include <string>
#include <string_view>

#include "embed/embedder.h"
#include "server/http/json_writer.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

struct Shape {
  int status;
  std::string_view message, type;
  std::string_view param = {}, code = {};
};

void write_name(JsonWriter& out, std::string_view key, std::string_view name) {
  out.key(key);
  name.empty() ? out.null() : out.string(name);
}

Response shaped(const Shape& shape) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.key("message").string(shape.message).key("type").string(shape.type);
  write_name(out, "param", shape.param);
  write_name(out, "code", shape.code);
  out.end_object().key("message").string(shape.message).key("detail").string(shape.message);
  return Response::json(out.end_object().take(), shape.status);
}

Shape shape_of(const Refusal& refusal) {
  const int status = status_of(refusal.reason);
  switch (refusal.reason) {
    case Reason::kNotAuthenticated:
    case Reason::kOtherScheme:
    case Reason::kWrongToken: return {401, kNoTokenMessage, "invalid_request_error", "", "invalid_api_key"};
    case Reason::kNoSuchPath:
      return {404, "Unknown request URL; see /docs for those that exist", "invalid_request_error", "",
              "unknown_url"};
    case Reason::kInvalid: return {400, refusal.message, "invalid_request_error"};
    case Reason::kBusy: return {429, refusal.message, "rate_limit_exceeded", "", "rate_limit_exceeded"};
    default: return {status, refusal.message, status >= 500 ? "server_error" : "invalid_request_error"};
  }
}

}  // namespace

Response model_fault(const InputFault& fault) {
  return shaped({fault.status, fault.message, "invalid_request_error", fault.param, fault.code});
}

Response model_refusal(const Refusal& refusal) {
  const Shape shape = shape_of(refusal);
  Response response = with_refusal_headers(shaped(shape), refusal);
  if (shape.status == 401) response.with("www-authenticate", "Bearer");
  return response;
}

std::optional<InputFault> too_long_fault(const Status& failure) {
  if (failure.id() != kTextTooLong) return std::nullopt;
  return InputFault{failure.message(), {}, "context_length_exceeded"};
}

Response model_failure(const CoreGate& gate, const RequestHead& head, const Status& failure) {
  if (const auto fault = too_long_fault(failure)) return model_fault(*fault);
  return model_refusal(gate.refuse(head, failure));
}

}  // namespace rappel
