#include "wiring/parts.h"

#include <future>
#include <utility>

namespace rappel {
namespace {

using LoadedStore = Result<std::unique_ptr<DocumentStore>>;
using LoadedReranker = Result<std::unique_ptr<LocalReranker>>;

LoadedReranker load_reranker(Runtime& runtime, const ModelSettings& settings) {
  RAPPEL_ASSIGN(const OpenedModel model, runtime.open_model(settings, ModelPart::kReranker));
  return runtime.load_reranker(model);
}

}  // namespace

Result<Parts> load_parts(Runtime& runtime, const PartsSettings& settings) {
  Parts parts;
  // The destructor of a std::async future waits for its task.
  std::future<LoadedReranker> reranker;
  std::future<LoadedStore> store;
  if (settings.reranking)
    reranker = std::async(std::launch::async, [&] { return load_reranker(runtime, *settings.reranking); });
  RAPPEL_ASSIGN(const OpenedModel embedding, runtime.open_model(settings.embedding, ModelPart::kEmbedder));
  RAPPEL_ASSIGN(const StoreDescription described, describe_store(settings.store));
  const auto open = [&runtime, &settings, identity = embedding.identity()] {
    return open_store(settings.store, identity, &runtime.pool());
  };
  if (described.exists) store = std::async(std::launch::async, open);
  RAPPEL_ASSIGN(parts.embedder, runtime.load_embedder(embedding));
  RAPPEL_ASSIGN(parts.store, store.valid() ? store.get() : open());
  if (reranker.valid()) {
    auto loaded = reranker.get();
    if (!loaded.ok()) return loaded.status().with_context("reranker (--no-rerank goes without)");
    parts.reranker = std::move(loaded).value();
  }
  if (settings.warm_up) {
    RAPPEL_TRY(runtime.warm_up(*parts.embedder));
    if (parts.reranker) RAPPEL_TRY(runtime.warm_up(*parts.reranker));
  }
  return parts;
}

}  // namespace rappel
