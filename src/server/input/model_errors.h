// The error body that readers of OpenAI, Cohere and Jina understand (docs/http-api.md, Models):
// {"error":{"message","type","param","code"},"message","detail"}.
#pragma once

#include <string_view>

#include "base/status.h"
#include "server/core_gate.h"
#include "server/http/refusal.h"
#include "server/http/response.h"
#include "server/input/lenient_object.h"

namespace rappel {

inline constexpr std::string_view kNoTokenMessage =
    "This request has no valid token; send the header Authorization: Bearer TOKEN";

Response model_fault(const InputFault& fault);
// 401 with WWW-Authenticate for missing and wrong tokens; a value that the core refuses is 400.
Response model_refusal(const Refusal& refusal);

// A text that is too long, with the code context_length_exceeded; nothing for other failures.
std::optional<InputFault> too_long_fault(const Status& failure);
// The response after a failure of the core, which goes to the log.
Response model_failure(const CoreGate& gate, const RequestHead& head, const Status& failure);

}  // namespace rappel
