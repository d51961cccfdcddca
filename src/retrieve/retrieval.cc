#include "retrieve/retrieval.h"

#include <utility>

#include "embed/embedder.h"
#include "retrieve/documents.h"
#include "retrieve/ingest.h"

namespace rappel {

Retrieval::Retrieval(DocumentStore& store, Embedder& embedder, Reranker* reranker, RetrievalOptions options,
                     Logger* logger)
    : store_(store), embedder_(embedder), reranker_(reranker), options_(options), logger_(logger) {
  options_.chunk = fit_chunks(options_.chunk, embedder);
}

Result<std::vector<std::string>> Retrieval::upsert(std::vector<DocumentInput> documents,
                                                   std::stop_token cancel) {
  return upsert_documents(store_, embedder_, options_.chunk, std::move(documents), std::move(cancel));
}

Result<std::vector<QueryOutput>> Retrieval::query(const std::vector<QueryInput>& queries,
                                                  const std::stop_token& cancel) {
  return answer_queries(parts(), queries, cancel);
}

Result<std::size_t> Retrieval::remove(const DeleteInput& request, const std::stop_token& cancel) {
  return remove_documents(store_, request, cancel);
}

Result<DocumentPage> Retrieval::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                     const std::stop_token& cancel) {
  return store_.list_cancellable(filter, offset, limit, cancel);
}

Result<StoreStats> Retrieval::stats() { return store_.stats(); }

Status Retrieval::warm_up() {
  constexpr int kTimes = 3;  // the first sets up, the next ones find memory that is free again
  EmbedRequest request;
  request.role = TextRole::kQuery;
  request.unit_length = true;
  for (int i = 0; i < kTimes; ++i) {
    const QueryInput query{"warm up " + std::to_string(i), Filter::all(), {}};
    RAPPEL_ASSIGN(const auto embeddings, embedder_.embed({&query.text, 1}, request));
    RAPPEL_TRY(answer_embedded(parts(), {&query, 1}, embeddings, {}).status());
  }
  return {};
}

}  // namespace rappel
