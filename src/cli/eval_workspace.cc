#include "cli/eval_workspace.h"

#include "config/settings.h"

namespace rappel {

Runtime& EvalWorkspace::runtime() {
  if (!runtime_)
    runtime_.emplace(runtime_settings(context_.options), hub_settings_of(context_), *context_.logger);
  return *runtime_;
}

Status EvalWorkspace::open(const JudgedSet& set, const CorpusSummary& corpus, bool reranks) {
  const Options& options = context_.options;
  PartsSettings settings{.embedding = embedder_settings(options), .warm_up = true};
  RAPPEL_ASSIGN(const OpenedModel model, runtime().open_model(settings.embedding, ModelPart::kEmbedder));
  folder_ = eval_store_folder(local_folder(options) / "eval", set.name, corpus, model.identity(), options);
  RAPPEL_ASSIGN(settings.store, store_in(folder_, store_settings(context_)));
  if (parts_.embedder == nullptr) {
    if (reranks) settings.reranking = reranker_settings(options);
    RAPPEL_ASSIGN(parts_, load_parts(runtime(), settings));
    return {};
  }
  parts_.store.reset();
  RAPPEL_ASSIGN(parts_.store, open_store(settings.store, parts_.embedder->identity(), &runtime().pool()));
  return {};
}

Result<std::unique_ptr<DocumentStore>> EvalWorkspace::open_documents() {
  const StoreSettings settings = store_settings(context_);
  RAPPEL_ASSIGN(const StoreDescription description, describe_store(settings));
  RAPPEL_TRY(description.missing);
  RAPPEL_ASSIGN(const OpenedModel model,
                runtime().open_model(embedder_settings(context_.options), ModelPart::kEmbedder));
  return open_store(settings, model.identity(), &runtime().pool());
}

}  // namespace rappel
