// Workspace: the models, the store and the application core that a command works with, built from its
// options.
#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "cli/command.h"
#include "config/settings.h"
#include "retrieve/retrieval.h"
#include "wiring/parts.h"

namespace rappel {

struct WorkspaceNeeds {
  bool reranker = false;  // when RERANK_ENABLE says so; the command must have the reranking options
  bool chunking = false;  // the command has the chunk options
  bool serving = false;   // warm the models up and keep query embeddings
  bool existing = false;  // kNotFound where there is no store yet, instead of making one
};

class Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> open(const CommandContext& context, const WorkspaceNeeds& needs);

  Runtime& runtime() { return runtime_; }
  LocalEmbedder& embedder() { return *parts_.embedder; }
  LocalReranker* reranker() { return parts_.reranker.get(); }  // null when nothing is reranked
  Status store_trouble() { return parts_.store->trouble(); }   // what it has lost, although it answers
  void write_store_metrics(MetricsText& out) const { parts_.store->write_metrics(out); }
  IndexHealth index_health() const { return parts_.store->index_health(); }
  Retrieval& retrieval() { return *retrieval_; }
  const StoreDescription& store() const { return store_; }  // as it was before it was opened

 private:
  explicit Workspace(const CommandContext& context);
  Status build(const CommandContext& context, const WorkspaceNeeds& needs, const ChosenStore& chosen);

  // In the order in which they depend on each other.
  Runtime runtime_;
  StoreDescription store_;
  Parts parts_;
  std::optional<Retrieval> retrieval_;
};

}  // namespace rappel
