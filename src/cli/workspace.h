// Workspace: the models, the store and the application core that a command works with, built from its options.
#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "cli/command.h"
#include "retrieve/retrieval.h"
#include "store/store.h"
#include "wiring/runtime.h"

namespace rappel {

struct WorkspaceNeeds {
  bool reranker = false;  // when RERANK_ENABLE says so; the command must have the reranking options
  bool chunking = false;  // the command has the chunk options
  bool serving = false;   // warm the models up and keep query embeddings
};

class Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> open(const CommandContext& context, const WorkspaceNeeds& needs);

  Runtime& runtime() { return runtime_; }
  Embedder& embedder() { return *embedder_; }
  Reranker* reranker() { return reranker_.get(); }  // null when nothing is reranked
  Retrieval& retrieval() { return *retrieval_; }

 private:
  explicit Workspace(const CommandContext& context);
  Status build(const CommandContext& context, const WorkspaceNeeds& needs);

  // In the order in which they depend on each other.
  Runtime runtime_;
  std::unique_ptr<Embedder> embedder_;
  std::unique_ptr<Reranker> reranker_;
  std::unique_ptr<Store> store_;
  std::optional<Retrieval> retrieval_;
};

}  // namespace rappel
