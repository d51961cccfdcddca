// The native search: GET and POST /v1/search and /v1/why (docs/http-api.md), with all that the core can do.
// Errors have the plugin's shapes (server/input/errors.h).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> search_protocol(const ProtocolContext& context);

}  // namespace rappel
