// The pages that belong to no contract: /health, /ready, /metrics, /openapi.json, /docs and /redoc.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

// /openapi.json is the document of the first of `others` that has one, with the paths and schemas of the
// rest.
std::unique_ptr<Protocol> pages_protocol(const ProtocolContext& context, const Protocols& others);

}  // namespace rappel
