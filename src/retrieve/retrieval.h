// The application core: what the server and the command line do, as functions of typed requests. No HTTP, no
// printing.
//
// Retrieval holds references to the store and the models, which must outlive it. Any thread may call any
// method. `cancel` ends the waiting for an engine with kCancelled; what has reached the store is not taken
// back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "ingest/chunk/chunker.h"
#include "ingest/document.h"
#include "store/filter.h"
#include "store/snapshot_store.h"
#include "store/types.h"

namespace rappel {

class Embedder;
class Reranker;
class Logger;

// replace: the reranker's order and score stand alone (right for BGE's rerankers). blend: reciprocal rank
// fusion of the first stage's order and the reranker's (for small, weak rerankers).
enum class RerankMode { kReplace, kBlend };

struct RetrievalOptions {
  ChunkOptions chunk;
  bool rerank = true;
  RerankMode rerank_mode = RerankMode::kReplace;
  std::size_t rerank_candidates = 5;  // RERANK_K: candidates shown to the reranker; at least top_k
  std::size_t default_top_k = 3;      // RERANK_FINAL_N: when a query gives none
  std::size_t max_top_k = 1000;
};

struct QueryInput {
  std::string text;
  Filter filter;
  std::optional<std::size_t> top_k;  // 1 .. max_top_k
};

struct ScoredChunk {
  Chunk chunk;
  double score = 0;  // 0..1, higher is better
};

struct QueryTimings {  // milliseconds
  double embed = 0, search = 0, rerank = 0, total = 0;
};

struct QueryOutput {
  std::string query;
  std::vector<ScoredChunk> results;  // best first; top_k of them when the store has as many
  bool reranked = false;  // false also when the reranker failed and the first stage's order was given
  QueryTimings timings;
};

struct DeleteInput {
  std::vector<std::string> ids;
  std::optional<Filter> filter;  // an unrestricted filter never means everything: kInvalidArgument
  bool delete_all = false;
};

class Retrieval {
 public:
  // `reranker` may be null: then nothing is reranked. `logger` may be null.
  Retrieval(DocumentStore& store, Embedder& embedder, Reranker* reranker, RetrievalOptions options,
            Logger* logger);

  // Embeds everything, then replaces all documents in one transaction. Returns the ids of the documents that
  // are stored now, in request order, each once. A document whose text is empty or too short (ChunkOptions)
  // is not stored and not returned; a stored version of it is removed.
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents, std::stop_token cancel = {});

  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries, std::stop_token cancel = {});

  // Ids, filter and delete_all together remove what any of them names. Returns the number of documents
  // removed.
  Result<std::size_t> remove(const DeleteInput& request);

  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit);
  Result<StoreStats> stats();

  // Goes the way of a query, past the cache of queries: the first user does not pay for opening the store's
  // readers, nor for memory that nobody has touched.
  Status warm_up();

  const RetrievalOptions& options() const { return options_; }

 private:
  Result<QueryOutput> query_one(StoreReader& reader, const QueryInput& query,
                                const std::vector<float>& vector, std::stop_token cancel);
  void rerank(QueryOutput& output, std::stop_token cancel);

  DocumentStore& store_;
  Embedder& embedder_;
  Reranker* reranker_;
  RetrievalOptions options_;
  Logger* logger_;
};

}  // namespace rappel
