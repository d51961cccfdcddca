// Parts: the models and the store that a command works with, loaded beside each other.
//
// The reranker and the embedder are loaded at the same time, and so is a store that exists; one that does not
// is made only for an embedder that could be loaded. Warm-ups measure, and so run when all is loaded, one
// after the other. Blocks; the first error ends it once everything that has begun is done. Nothing is left of
// a failed attempt, and another may follow.
#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "wiring/runtime.h"
#include "wiring/stores.h"

namespace rappel {

struct PartsSettings {
  ModelSettings embedding;
  std::optional<ModelSettings> reranking;  // nothing: no reranker
  StoreSettings store;
  bool warm_up = false;
};

struct Parts {
  std::unique_ptr<LocalEmbedder> embedder;
  std::unique_ptr<LocalReranker> reranker;  // null when there is none
  std::unique_ptr<DocumentStore> store;
};

Result<Parts> load_parts(Runtime& runtime, const PartsSettings& settings);

}  // namespace rappel
