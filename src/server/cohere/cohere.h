// The embedder for clients of Cohere: /v1/embed and /v2/embed (docs/http-api.md, Cohere). Errors as in
// server/input/model_errors.h.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> cohere_protocol(const ProtocolContext& context);

}  // namespace rappel
