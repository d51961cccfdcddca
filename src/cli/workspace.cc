#include "cli/workspace.h"

#include "cli/settings.h"

namespace rappel {

Workspace::Workspace(const CommandContext& context)
    : runtime_(runtime_settings(context.options), hub_settings_of(context), *context.logger) {}

Result<std::unique_ptr<Workspace>> Workspace::open(const CommandContext& context, const WorkspaceNeeds& needs) {
  std::unique_ptr<Workspace> workspace(new Workspace(context));
  RAPPEL_TRY(workspace->build(context, needs));
  return workspace;
}

Status Workspace::build(const CommandContext& context, const WorkspaceNeeds& needs) {
  const Options& options = context.options;
  RetrievalOptions retrieval;
  if (needs.reranker) retrieval = query_options(options);
  else retrieval.rerank = false;
  if (needs.chunking) {
    RAPPEL_ASSIGN(retrieval.chunk, chunk_options(options));
  }
  ModelSettings embedding = embedder_settings(options);
  if (needs.serving) embedding.cache_entries = static_cast<std::size_t>(options.integer("EMBEDDING_CACHE_SIZE"));
  RAPPEL_ASSIGN(embedder_, runtime_.load_embedder(embedding, needs.serving));
  // The store is opened before the reranker loads: a store of another model is found out early.
  RAPPEL_ASSIGN(store_, runtime_.open_store(options.text("DATASTORE"), options.text("RAPPEL_DATA_DIR"), *embedder_));
  if (retrieval.rerank) {
    auto loaded = runtime_.load_reranker(reranker_settings(options), needs.serving);
    if (!loaded.ok()) return loaded.status().with_context("reranker (--no-rerank goes without)");
    reranker_ = std::move(loaded).value();
  }
  retrieval_.emplace(*store_, *embedder_, reranker_.get(), retrieval, context.logger);
  return {};
}

}  // namespace rappel
