// POST /v1/embeddings for every protocol that has it: the request, the call and the answer.
#pragma once

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

// `strict`: STRICT_MODELS. `deployment`: the model's name in the path; empty: there is none.
Response answer_embeddings(const CoreGate& gate, const Request& request, bool strict,
                           std::string_view deployment = {});

}  // namespace rappel
