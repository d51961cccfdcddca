#include "server/ollama/ollama_errors.h"

#include <fmt/format.h>

#include "embed/embedder.h"
#include "server/http/json_writer.h"
#include "server/input/model_errors.h"

namespace rappel {

Response ollama_error(int status, std::string_view message) {
  return Response::json(JsonWriter().begin_object().key("error").string(message).end_object().take(), status);
}

Response ollama_refusal(const Refusal& refusal) {
  const int status = refusal.reason == Refusal::Reason::kInvalid ? 400 : status_of(refusal.reason);
  const std::string_view message = status == 401 ? kNoTokenMessage : refusal.message;
  Response response = with_refusal_headers(ollama_error(status, message), refusal);
  if (status == 401) response.with("www-authenticate", "Bearer");
  return response;
}

Response ollama_failure(const CoreGate& gate, const RequestHead& head, const Status& failure) {
  if (failure.id() == kTextTooLong) return ollama_error(400, "the input length exceeds the context length");
  return ollama_refusal(gate.refuse(head, failure));
}

Response ollama_no_model(std::string_view name) {
  return ollama_error(404, fmt::format("model '{}' not found", name));
}

}  // namespace rappel
