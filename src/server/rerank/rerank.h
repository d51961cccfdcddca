// The reranker for clients of Cohere, Jina, Voyage, infinity, vLLM, Xinference and llama.cpp, and for those
// of text-embeddings-inference at /rerank (docs/http-api.md, Rerank). Errors have the one body that these
// clients read (server/input/model_errors.h).
#pragma once

#include <memory>

#include "server/http/protocol.h"
#include "server/protocol_context.h"

namespace rappel {

std::unique_ptr<Protocol> rerank_protocol(const ProtocolContext& context);

}  // namespace rappel
