// OpenAI's files and vector stores (docs/http-api.md, Files and vector stores). A vector store is a
// collection, a file in it a document.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> vector_stores_protocol(const ProtocolContext& context);

}  // namespace rappel
