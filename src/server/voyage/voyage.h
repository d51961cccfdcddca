// The embedder for clients of Voyage, below /voyage/v1 (docs/http-api.md, Voyage). Errors as in
// server/input/model_errors.h.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> voyage_protocol(const ProtocolContext& context);

}  // namespace rappel
