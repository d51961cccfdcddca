// The body of a plugin request as JSON, or the response that refuses it.
#pragma once

#include <variant>

#include "server/http/body_json.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

struct JsonBody {
  JsonValue value;
  ByteHold memory;  // counts the values
};

// A request without Content-Type counts as JSON, because old clients leave the field out.
std::variant<JsonBody, Response> read_json_body(const Request& request);

}  // namespace rappel
