// Errors of Hugging Face text-embeddings-inference: {"error","error_type"}, and plain text for bodies that
// are not what a route reads (docs/http-api.md, text-embeddings-inference).
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "server/core_gate.h"
#include "server/http/refusal.h"
#include "server/http/response.h"
#include "server/input/lenient_object.h"

namespace rappel {

enum class TeiError { kUnhealthy, kBackend, kOverloaded, kValidation, kTokenizer, kEmpty };

// With the status of the error: 503, 424, 429, 422, 422, 400.
Response tei_error(TeiError error, std::string_view message);
// 400 kEmpty: "`NAME` cannot be empty".
Response tei_empty(std::string_view name);
// 422 in plain text: a member is missing or of the wrong type.
Response tei_missing(std::string_view name);
Response tei_fault(const InputFault& fault);
Response tei_refusal(const Refusal& refusal);
// The response after a failure of the core, which goes to the log.
Response tei_failure(const CoreGate& gate, const RequestHead& head, const Status& failure);

}  // namespace rappel
