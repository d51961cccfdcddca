// Retrieval: the application core, as functions of typed requests. The server and the command line call it;
// it knows neither HTTP nor printing.
//
// It is the front of three small modules: ingest.h (upsert), query.h (query) and documents.h (remove, list).
// It holds references to the store and the models, which must outlive it. Any thread may call any method.
// `cancel` ends the waiting for an engine, and a long list, with kCancelled; what has reached the store is
// not taken back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "ingest/document.h"
#include "retrieve/answer_pages.h"
#include "retrieve/document_chunks.h"
#include "retrieve/document_text.h"
#include "retrieve/query.h"
#include "retrieve/rerank_pace.h"
#include "retrieve/types.h"
#include "retrieve/why.h"
#include "store/document_store.h"

namespace rappel {

class Retrieval {
 public:
  // `reranker` may be null: then nothing is reranked. `logger` may be null. Chunk sizes are limited to what
  // the embedder reads.
  Retrieval(DocumentStore& store, Embedder& embedder, Reranker* reranker, RetrievalOptions options,
            Logger* logger);

  // See upsert_documents().
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents, const CallContext& call = {});
  // See answer_queries().
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context = {});
  // See retrieve/why.h.
  Result<WhyAnswer> why(WhyInput input, const RequestContext& context = {});
  // See remove_documents().
  Result<std::size_t> remove(const DeleteInput& request, const std::stop_token& cancel = {});

  // kCancelled between two documents, kResourceExhausted for a page beyond the bounds of `context.memory`
  // (answer_meter.h), errors of the store.
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const RequestContext& context = {});
  // See read_document().
  Result<std::optional<DocumentText>> document(const DocumentPart& part, const RequestContext& context = {});
  // See read_chunks().
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range, const RequestContext& context = {});
  Result<StoreStats> stats();
  // The files that documents came from, null if the store does not keep them.
  OriginStore* origins() { return store_.origins(); }
  // As OriginStore::change_origins(), within the bounds of an upsert.
  Status change_origins(std::span<const OriginChange> changes);
  // See DocumentStore::writable().
  Status writable() const { return store_.writable(); }
  IndexHealth index_health() const { return store_.index_health(); }
  // Answers that lack the reranker (QueryOutput::rerank_lacking) since the start.
  std::uint64_t answers_unranked() const { return answers_unranked_; }

  // Answers a few queries without the query cache, so that the first user does not pay for opening the
  // store's readers and for memory that was never touched.
  Status warm_up();

  const RetrievalOptions& options() const { return options_; }
  Embedder& embedder() { return embedder_; }
  Reranker* reranker() { return reranker_; }
  DocumentStore& store() { return store_; }

  // The same models and options over another store, such as a part of this one's. It keeps its own pages of
  // answers, scales, pace and count of answers.
  std::unique_ptr<Retrieval> over(DocumentStore& store) const;

 private:
  QueryParts parts() { return {store_, embedder_, scales_, reranker_, options_, logger_, &pages_, &pace_}; }

  DocumentStore& store_;
  Embedder& embedder_;
  SimilarityScales scales_;  // of the embedder
  Reranker* reranker_;
  RetrievalOptions options_;
  Logger* logger_;
  AnswerPages pages_;
  RerankPace pace_;
  std::atomic<std::uint64_t> answers_unranked_{0};
};

}  // namespace rappel
