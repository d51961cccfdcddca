#include "server/input/model_body.h"

#include <utility>

namespace rappel {
namespace {

using Reason = Refusal::Reason;

// Token ids are values too.
constexpr std::size_t kMaxValues = 1'100'000;

Refusal refusal_of(const JsonFault& fault) {
  switch (fault.kind) {
    case JsonFault::Kind::kNoMemory: return no_room_refusal(kRetrySeconds);
    case JsonFault::Kind::kMalformed:
      return {Reason::kBadRequest, "The body is not JSON: " + fault.full_message()};
    case JsonFault::Kind::kNotText: return {Reason::kBadRequest, "The body is not JSON in UTF-8"};
    case JsonFault::Kind::kTooComplex: break;
  }
  return {Reason::kBadRequest, "The body has too many values: " + fault.message};
}

}  // namespace

std::variant<ModelBody, Refusal> read_model_body(const Request& request) {
  if (request.body.empty()) return Refusal{Reason::kBadRequest, "The body is empty; send a JSON object"};
  ByteHold memory(request.memory, request.head.caller);
  auto parsed = read_body_json(request.body, {.values = kMaxValues, .memory = &memory});
  if (const auto* fault = std::get_if<JsonFault>(&parsed)) return refusal_of(*fault);
  auto& value = std::get<JsonValue>(parsed);
  if (!value.as<JsonObject>()) return Refusal{Reason::kInvalid, "The body must be a JSON object"};
  return ModelBody{std::move(value), std::move(memory)};
}

}  // namespace rappel
