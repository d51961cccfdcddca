// The operations of text-embeddings-inference that compute vectors: /embed, /embed_sparse, /embed_all,
// /similarity.
#pragma once

#include "server/tei/call.h"

namespace rappel {

TeiResult tei_embed(const TeiCall& call, const JsonObject& body);
// Weights of tokens; 424 for a model without them.
TeiResult tei_embed_sparse(const TeiCall& call, const JsonObject& body);
// The last hidden state of each token; with ?colbert=1 the ColBERT vectors of each but the first.
TeiResult tei_embed_all(const TeiCall& call, const JsonObject& body);
// Cosines.
TeiResult tei_similarity(const TeiCall& call, const JsonObject& body);

}  // namespace rappel
