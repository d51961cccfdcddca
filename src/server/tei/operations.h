// The table of operations of text-embeddings-inference, and those that choose another one by the body.
#pragma once

#include <span>
#include <string_view>

#include "server/tei/call.h"

namespace rappel {

struct TeiRoute {
  std::string_view path;  // below the root of a model
  TeiOperation run;
  bool embeds, reranks;  // the roots that have it
};

std::span<const TeiRoute> tei_routes();

}  // namespace rappel
