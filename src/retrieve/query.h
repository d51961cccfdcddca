// Queries: the plan of an answer. Embed -> candidates -> fusion -> reranking -> presentation. query.cc has it
// on one screen; query_plan.h (what is asked), query_search.h, query_rerank.h and query_results.h have its
// parts, and each stage is a file of its own (candidates.h, scales.h, fusion.h, distinct_chunks.h,
// section_results.h, colbert.h, rerank.h, diversity.h, presentation.h).
//
// All queries of a request see one state of the store and are reranked by one call. A failing reranker costs
// no answer: the first stage's order is returned, and the log says why.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "embed/similarity_scale.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel {

class AnswerPages;
class Embedder;
class Logger;
class Reranker;
class RerankPace;
struct QueryCall;

// Parts that queries use. All belong to the caller and are safe for use by several threads.
struct QueryParts {
  DocumentStore& store;
  Embedder& embedder;
  SimilarityScales& scales;      // of the embedder
  Reranker* reranker = nullptr;  // null: nothing is reranked
  const RetrievalOptions& options;
  Logger* logger = nullptr;      // may be null
  AnswerPages* pages = nullptr;  // null: answers have one page
  RerankPace* pace = nullptr;    // of the reranker; null: it has no budget
};

// One answer per query, in order. kInvalidArgument for a top_k, a shape or a cursor out of bounds,
// kCancelled, kResourceExhausted for an answer beyond the bounds of `context.memory` (answer_meter.h), errors
// of embedder and store.
Result<std::vector<QueryOutput>> answer_queries(const QueryParts& parts, std::span<const QueryInput> queries,
                                                const RequestContext& context);

// The same for queries that are embedded already: embeddings[i] is that of queries[i], as by embed_queries().
Result<std::vector<QueryOutput>> answer_embedded(const QueryParts& parts, std::span<const QueryInput> queries,
                                                 std::span<const Embedding> embeddings,
                                                 const RequestContext& context);

// The stages alone, for queries that are checked and read (read_queries.h), and ask for no later page.
Result<std::vector<QueryOutput>> run_stages(const QueryCall& call);

}  // namespace rappel
