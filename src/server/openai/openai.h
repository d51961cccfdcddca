// OpenAI's contract for embeddings and models (docs/http-api.md, OpenAI): POST /v1/embeddings, GET /v1/models
// and one model, each also without /v1 and below /openai, and the probe that Xinference's client begins with.
// Errors have the shape of input/model_errors.h.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> openai_protocol(const ProtocolContext& context);

}  // namespace rappel
