// The body of a request to a model: a JSON object, whatever its Content-Type says.
#pragma once

#include <variant>

#include "server/http/body_json.h"
#include "server/http/refusal.h"
#include "server/http/request.h"

namespace rappel {

struct ModelBody {
  JsonValue value;  // an object
  ByteHold memory;  // counts the values

  const JsonObject& object() const { return *value.as<JsonObject>(); }
};

// kBadRequest: no JSON; kInvalid: no object; kBusy: no memory for the values.
std::variant<ModelBody, Refusal> read_model_body(const Request& request);

}  // namespace rappel
