// The embedder for clients of infinity, below /infinity (docs/http-api.md, infinity). Errors as in
// server/input/model_errors.h.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> infinity_protocol(const ProtocolContext& context);

}  // namespace rappel
