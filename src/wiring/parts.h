// Parts: the models and the store that a command works with, loaded beside each other.
//
// The reranker and the embedder are loaded at the same time, and so is a store that exists; one that does not
// is made only for an embedder that could be loaded. Warm-ups measure, and so run when all is loaded, one
// after the other. Blocks; the first error ends it once everything that has begun is done. Nothing is left of
// a failed attempt, and another may follow.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "wiring/runtime.h"

namespace rappel {

struct PartsSettings {
  ModelSettings embedding;
  std::optional<ModelSettings> reranking;  // nothing: no reranker
  std::string datastore = "sqlite";
  std::filesystem::path data_dir;
  bool warm_up = false;
};

struct Parts {
  std::unique_ptr<Embedder> embedder;
  std::unique_ptr<Reranker> reranker;  // null when there is none
  std::unique_ptr<Store> store;
};

Result<Parts> load_parts(Runtime& runtime, const PartsSettings& settings);

}  // namespace rappel
