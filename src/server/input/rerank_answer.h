// A rerank request from its body to the response, for every protocol that has one.
#pragma once

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/input/lenient_object.h"
#include "server/input/model_body.h"

namespace rappel {

// They differ in the list's name, and in whether and how documents come back.
enum class RerankDialect {
  kCohere1,   // {"text"} if asked for; Voyage's if the body has top_k
  kCohere2,   // never
  kJina,      // {"text"} unless refused
  kInfinity,  // a string if asked for
  kVoyage,    // "data" instead of "results", always a string
  kOllama,    // never
};

// How a protocol writes its errors.
struct ModelErrorShape {
  Response (*fault)(const InputFault& fault);
  Response (*refusal)(const Refusal& refusal);
};

// `strict`: STRICT_MODELS.
struct RerankService {
  const CoreGate& gate;
  bool strict;
  ModelErrorShape errors;
};

Response answer_rerank(const RerankService& service, const Request& request, RerankDialect dialect);
// The same with the body that was read.
Response answer_rerank(const RerankService& service, const RequestHead& head, const CallContext& call,
                       ModelBody body, RerankDialect dialect);
// The response after a failure of the core, which goes to the log.
Response rerank_failure(const RerankService& service, const RequestHead& head, const Status& failure);

}  // namespace rappel
