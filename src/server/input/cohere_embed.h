// An embed request of Cohere's contract from its body to the response: the path of its first version is also
// that of another contract, which tells it by the member `texts`.
#pragma once

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/input/model_body.h"

namespace rappel {

// Version 1 gives plain lists of numbers unless the request names types; version 2 gives lists by type.
enum class CohereVersion { kOne, kTwo };

bool is_cohere_embed(const JsonObject& body);
// `strict`: STRICT_MODELS. Errors as in model_errors.h.
Response answer_cohere_embed(const CoreGate& gate, const Request& request, const JsonObject& body,
                             CohereVersion version, bool strict);

}  // namespace rappel
