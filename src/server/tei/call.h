// A request to one of the routes of text-embeddings-inference, as its operations see it.
#pragma once

#include <variant>

#include "embed/token_level.h"
#include "server/core.h"
#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/input/lenient_object.h"
#include "server/input/tei_answer.h"
#include "text/tokenizer.h"

namespace rappel {

// The embedder acts at the root and below /tei/embed, the reranker below /tei/rerank.
enum class TeiRoot { kEmbed, kRerank };

struct TeiCall {
  const CoreGate& gate;
  const Request& request;
  const ServedModels& models;
  TeiRoot root;
};

using TeiOperation = TeiResult (*)(const TeiCall& call, const JsonObject& body);

// The tokenizer of the root's model; null: it has none.
inline const Tokenizer* tokenizer_of(const TeiCall& call) {
  if (call.root == TeiRoot::kEmbed) return call.models.embedder.own_tokenizer();
  return call.models.reranker ? own_tokenizer(*call.models.reranker) : nullptr;
}

}  // namespace rappel
