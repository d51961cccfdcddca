// The rerank request of text-embeddings-inference. Its path is also that of other contracts, which tell it
// from theirs by the member `texts`.
#pragma once

#include <cstddef>

#include "server/core_gate.h"
#include "server/http/body_json.h"
#include "server/http/request.h"
#include "server/input/tei_answer.h"

namespace rappel {

inline constexpr std::size_t kMaxRerankTexts = 1000;

bool is_tei_rerank(const JsonObject& body);
TeiResult tei_rerank(const CoreGate& gate, const Request& request, const JsonObject& body);

}  // namespace rappel
