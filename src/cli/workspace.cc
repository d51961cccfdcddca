#include "cli/workspace.h"

#include <filesystem>

#include "config/settings.h"

namespace rappel {
namespace {

Status store_exists(const RunContext& context) {
  RAPPEL_ASSIGN(const StoreDescription store, describe_store(store_settings(context.options)));
  if (store.exists) return {};
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::absolute(context.options.text("RAPPEL_DATA_DIR"), error).lexically_normal();
  return Status(
      Code::kNotFound,
      "there is no store in " + folder.string() +
          (std::filesystem::exists(folder, error) ? "" : ", which does not exist") +
          ": set RAPPEL_DATA_DIR or --data-dir to the folder of a store, or store documents there with "
          "`rappel ingest PATH`");
}

}  // namespace

Workspace::Workspace(const CommandContext& context)
    : runtime_(runtime_settings(context.options), hub_settings_of(context), *context.logger) {}

Result<std::unique_ptr<Workspace>> Workspace::open(const CommandContext& context,
                                                   const WorkspaceNeeds& needs) {
  if (needs.existing) RAPPEL_TRY(store_exists(context));
  std::unique_ptr<Workspace> workspace(new Workspace(context));
  RAPPEL_TRY(workspace->build(context, needs));
  return workspace;
}

Status Workspace::build(const CommandContext& context, const WorkspaceNeeds& needs) {
  const Options& options = context.options;
  RetrievalOptions retrieval;
  if (needs.reranker)
    retrieval = query_options(options);
  else
    retrieval.rerank = false;
  if (needs.chunking) {
    RAPPEL_ASSIGN(retrieval.chunk, chunk_options(options));
  }
  PartsSettings settings;
  settings.embedding = embedder_settings(options);
  if (needs.serving)
    settings.embedding.cache_entries = static_cast<std::size_t>(options.integer("EMBEDDING_CACHE_SIZE"));
  if (retrieval.rerank) settings.reranking = reranker_settings(options);
  settings.store = store_settings(options);
  settings.warm_up = needs.serving;
  if (needs.serving) runtime_.log_machine();
  RAPPEL_ASSIGN(parts_, load_parts(runtime_, settings));
  retrieval_.emplace(*parts_.store, *parts_.embedder, parts_.reranker.get(), retrieval, context.logger);
  return {};
}

}  // namespace rappel
