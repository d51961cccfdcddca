// Requests, answers and intermediate results of retrieval. Data only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_budget.h"
#include "base/call_context.h"
#include "ingest/chunk/chunker.h"
#include "retrieve/modes.h"
#include "retrieve/weights.h"
#include "store/document_bounds.h"
#include "store/filter.h"
#include "store/types.h"

namespace rappel {

// auto: by the reranker's description. replace: its score stands alone (right for BGE's rerankers). blend:
// the weighted mean of the score before and the reranker's (for small, weak rerankers).
enum class RerankMode { kAuto, kReplace, kBlend };

// A result is a chunk as it was found, or the section in which it lies (sections.h).
enum class ResultUnit { kChunk, kSection };

struct RetrievalOptions {
  ChunkOptions chunk;
  bool token_vectors = false;  // EMBEDDING_COLBERT: a vector for each token is stored, too
  bool rerank = true;
  RerankMode rerank_mode = RerankMode::kAuto;
  std::size_t rerank_candidates = 5;      // RERANK_K: candidates that the reranker scores; at least top_k
  SearchMode mode = SearchMode::kHybrid;  // of queries that name none
  FusionWeights weights;
  std::size_t default_top_k = 3;  // RERANK_FINAL_N: for queries without top_k
  std::size_t max_top_k = 1000;
  ResultUnit unit = ResultUnit::kChunk;  // of queries that name none
  std::size_t section_chars = 4000;      // code points of a section
  DocumentBounds bounds;                 // of documents that come in
};

// A request's companions: its cancellation, its memory and its caller.
struct RequestContext : CallContext {
  // `counted`: the memory of the answer, whose size ByteHold::limit() bounds; null: unbounded.
  // NOLINTNEXTLINE(google-explicit-constructor): a request without memory to count is only a call.
  RequestContext(CallContext call = {}, ByteHold* counted = nullptr)
      : CallContext(std::move(call)), memory(counted) {}

  ByteHold* memory;
};

struct QueryInput {
  std::string text;
  Filter filter;
  std::optional<std::size_t> top_k;  // 1 .. max_top_k
  std::optional<ResultUnit> unit = {};
  // Candidates that the reranker reads. Nothing: RERANK_K, and at least top_k. Later ones keep their order
  // after these.
  std::optional<std::size_t> rerank_depth = {};
  std::optional<SearchMode> mode = {};
  std::optional<bool> rerank = {};  // true has no effect without a reranker
  double min_score = 0;             // results below it are left out, after the last stage that scores
};

// Rank and score of a candidate by one signal.
struct SignalScore {
  std::size_t rank = 0;  // from 1; 0: not among the hits of the signal
  double score = 0;      // as the store gave it (store/types.h)
  double part = 0;       // on the signal's absolute scale (fusion.h)
};

// A chunk on its way to the answer.
struct Candidate {
  ChunkKey key;
  std::vector<SignalScore> signals;  // one for each signal that searched
  double score = 0;  // relevance (relevance.h), by the last stage that scored; falls with the order
  std::optional<double> rerank_score = {};  // the reranker's own
  Chunk chunk;                              // empty until load_chunks()
  std::size_t section = 0;                  // its number, if the query asks for sections
};

struct ScoredChunk {
  Chunk chunk;       // of a section: id and index of its best chunk; text, range and place of the section
  double score = 0;  // 0..1, higher is better
};

struct QueryTimings {  // milliseconds
  double embed = 0, search = 0, rerank = 0, total = 0;
};

struct QueryOutput {
  std::string query;
  std::vector<ScoredChunk> results;  // best first; top_k of them if the store has as many
  bool reranked = false;             // also false if the reranker failed: the first stage's order is returned
  bool answerable = false;           // whether a result reaches kAnswerable (relevance.h)
  QueryTimings timings;              // embedding and reranking of a request are shared out over its queries
};

struct DeleteInput {
  std::vector<std::string> ids;
  std::optional<Filter> filter;  // an unrestricted filter is kInvalidArgument: it never means everything
  bool delete_all = false;
};

}  // namespace rappel
