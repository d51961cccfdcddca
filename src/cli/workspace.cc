#include "cli/workspace.h"

#include "config/settings.h"

namespace rappel {

Workspace::Workspace(const CommandContext& context)
    : runtime_(runtime_settings(context.options), hub_settings_of(context), *context.logger) {}

Result<std::unique_ptr<Workspace>> Workspace::open(const CommandContext& context,
                                                   const WorkspaceNeeds& needs) {
  std::unique_ptr<Workspace> workspace(new Workspace(context));
  RAPPEL_ASSIGN(const ChosenStore chosen, chosen_store(context));
  RAPPEL_ASSIGN(workspace->store_, describe_store(chosen.settings));
  if (needs.existing) RAPPEL_TRY(workspace->store_.missing);
  RAPPEL_TRY(workspace->build(context, needs, chosen));
  return workspace;
}

Status Workspace::build(const CommandContext& context, const WorkspaceNeeds& needs,
                        const ChosenStore& chosen) {
  const Options& options = context.options;
  RetrievalOptions retrieval;
  if (needs.reranker)
    retrieval = query_options(options);
  else
    retrieval.rerank = false;
  if (needs.chunking) {
    RAPPEL_ASSIGN(retrieval.chunk, chunk_options(options));
    retrieval.bounds = document_bounds(options);
    retrieval.token_vectors = stores_token_vectors(options);
    if (chosen.collection) retrieval = in_collection(retrieval, *chosen.collection);
  }
  PartsSettings settings;
  settings.embedding = embedder_settings(options);
  if (needs.serving) settings.embedding.cache = cache_budget(options);
  if (retrieval.rerank) settings.reranking = reranker_settings(options);
  settings.store = chosen.settings;
  settings.warm_up = needs.serving;
  if (needs.serving) runtime_.log_machine();
  RAPPEL_ASSIGN(parts_, load_parts(runtime_, settings));
  if (retrieval.token_vectors && !parts_.embedder->has_colbert())
    return Status(Code::kInvalidArgument, "EMBEDDING_COLBERT=store: the model " +
                                              parts_.embedder->identity().name +
                                              " has no vectors of tokens; set it to off, or use BAAI/bge-m3")
        .with_id("setting");
  if (const Status trouble = parts_.store->trouble(); !trouble.ok())
    context.logger->error("{}", trouble.to_string());
  retrieval_.emplace(*parts_.store, *parts_.embedder, parts_.reranker.get(), retrieval, context.logger);
  return {};
}

}  // namespace rappel
