#include "retrieve/retrieval.h"

#include <utility>

#include "base/cancelled.h"
#include "base/os/allocator.h"
#include "embed/embedder.h"
#include "retrieve/answer_meter.h"
#include "retrieve/documents.h"
#include "retrieve/ingest.h"

namespace rappel {

Retrieval::Retrieval(DocumentStore& store, Embedder& embedder, Reranker* reranker, RetrievalOptions options,
                     Logger* logger)
    : store_(store), embedder_(embedder), reranker_(reranker), options_(options), logger_(logger) {
  options_.chunk = fit_chunks(options_.chunk, embedder);
}

std::unique_ptr<Retrieval> Retrieval::over(DocumentStore& store) const {
  return std::make_unique<Retrieval>(store, embedder_, reranker_, options_, logger_);
}

Result<std::vector<std::string>> Retrieval::upsert(std::vector<DocumentInput> documents,
                                                   const CallContext& call) {
  std::size_t bytes = 0;
  for (const DocumentInput& document : documents) {
    RAPPEL_TRY(check_bounds(document.id.value_or(""), document.metadata, options_.bounds));
    bytes += document.text.size();
  }
  auto ids = upsert_documents(store_, embedder_, {options_.chunk, options_.token_vectors},
                              std::move(documents), call);
  constexpr std::size_t kLargeBytes = std::size_t{4} << 20;
  if (bytes >= kLargeBytes) return_free_memory();
  return ids;
}

Result<std::vector<QueryOutput>> Retrieval::query(const std::vector<QueryInput>& queries,
                                                  const RequestContext& context) {
  auto outputs = answer_queries(parts(), queries, context);
  if (outputs.ok())
    for (const QueryOutput& output : *outputs) answers_unranked_ += output.rerank_lacking ? 1 : 0;
  return outputs;
}

Result<WhyAnswer> Retrieval::why(WhyInput input, const RequestContext& context) {
  return rappel::why(parts(), std::move(input), context);
}

Result<std::size_t> Retrieval::remove(const DeleteInput& request, const std::stop_token& cancel) {
  return remove_documents(store_, request, cancel);
}

Result<std::optional<DocumentChunks>> Retrieval::chunks(const ChunkRange& range,
                                                        const RequestContext& context) {
  return read_chunks(store_, range, context);
}

Result<DocumentPage> Retrieval::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                     const RequestContext& context) {
  const auto cancelled = [&] { return context.cancel.stop_requested() ? request_cancelled() : Status(); };
  RAPPEL_TRY(cancelled());
  AnswerMeter meter(context.memory, "ask for a lower limit, and for the rest with offset");
  return store_.list(filter, offset, limit, [&](std::size_t bytes) {
    RAPPEL_TRY(cancelled());
    return meter.hold(bytes);
  });
}

Result<std::optional<DocumentText>> Retrieval::document(const DocumentPart& part,
                                                        const RequestContext& context) {
  return read_document(store_, part, context);
}

Status Retrieval::change_origins(std::span<const OriginChange> changes) {
  for (const OriginChange& change : changes)
    if (change.metadata) RAPPEL_TRY(check_bounds(change.id, *change.metadata, options_.bounds));
  return store_.origins()->change_origins(changes);
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
