// The operations of text-embeddings-inference on tokens: /tokenize and /decode.
#pragma once

#include "server/tei/call.h"

namespace rappel {

TeiResult tei_tokenize(const TeiCall& call, const JsonObject& body);
TeiResult tei_decode(const TeiCall& call, const JsonObject& body);

}  // namespace rappel
