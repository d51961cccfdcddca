// MCP over Streamable HTTP: POST /mcp, in both eras (docs/mcp.md). Stateless: there are no sessions and no
// stream to listen to, so GET and DELETE are 405. Answers are JSON, or one server-sent event for a client
// that accepts only these. Refusals are JSON-RPC errors.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> mcp_protocol(const ProtocolContext& context);

}  // namespace rappel
