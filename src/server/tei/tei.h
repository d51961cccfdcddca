// Hugging Face text-embeddings-inference (docs/http-api.md, text-embeddings-inference). A server of that kind
// has one model at its root: the embedder acts here, also below /tei/embed, and the reranker at /predict and
// below /tei/rerank. Errors have the shapes of input/tei_errors.h.
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> tei_protocol(const ProtocolContext& context);

}  // namespace rappel
