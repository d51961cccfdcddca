// GET /info of text-embeddings-inference.
#pragma once

#include <string>

#include "server/core.h"
#include "server/tei/call.h"

namespace rappel {

// The model of the root; the embedder's if there is no reranker.
std::string tei_info(const ServedModels& models, TeiRoot root, std::string_view version);

}  // namespace rappel
