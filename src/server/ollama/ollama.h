// Ollama's API as far as it embeds: /api/embed, /api/embeddings, and the routes by which its clients find the
// model (docs/http-api.md, Ollama). Errors are {"error":text}.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> ollama_protocol(const ProtocolContext& context);

}  // namespace rappel
