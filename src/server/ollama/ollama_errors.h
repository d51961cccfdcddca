// The error body of Ollama's API: {"error":text}.
#pragma once

#include <string_view>

#include "server/core_gate.h"
#include "server/http/refusal.h"
#include "server/http/response.h"

namespace rappel {

Response ollama_error(int status, std::string_view message);
// A value that the core refuses is 400.
Response ollama_refusal(const Refusal& refusal);
// The response after a failure of the core, which goes to the log.
Response ollama_failure(const CoreGate& gate, const RequestHead& head, const Status& failure);
// 404: the server has no model of this name.
Response ollama_no_model(std::string_view name);

}  // namespace rappel
