// POST /predict of text-embeddings-inference: a score of the reranker for each pair.
#pragma once

#include "server/tei/call.h"

namespace rappel {

TeiResult tei_predict(const TeiCall& call, const JsonObject& body);

}  // namespace rappel
