// Requests, answers and intermediate results of retrieval. Data only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"
#include "base/call_context.h"
#include "ingest/chunk/chunker.h"
#include "retrieve/explain.h"
#include "retrieve/modes.h"
#include "retrieve/reading.h"
#include "retrieve/stage_times.h"
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
  double rerank_budget = 0;               // of queries that name none
  double latency_budget = 0;              // of queries that name none
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

// Half-open, in code points of a text.
struct TextRange {
  std::size_t begin = 0, end = 0;
  bool operator==(const TextRange&) const = default;
};

// How the results of one query are presented, beyond their order. Bounds: answer_shape.h.
struct AnswerShape {
  std::size_t neighbors = 0;        // chunks before and after each that come with it (sections.h)
  bool highlights = false;          // words of the query and the best sentence are marked (highlights.h)
  std::optional<double> diversity;  // 0..1: how far results that are like earlier ones fall (diversity.h)
  bool collapse = false;            // one result for each document (distinct_chunks.h)
  bool fold_duplicates = false;     // one result for texts that are nearly equal (distinct_chunks.h)
  std::optional<std::size_t> max_chars, max_tokens;  // of all texts together (answer_budget.h)
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
  AnswerShape shape = {};
  // "": the first top_k results. kFirstPage: the same, and QueryOutput::next for further pages. Or the `next`
  // of an earlier answer: its next page (answer_pages.h).
  std::string cursor = {};
  // Milliseconds: the reranker reads only as many candidates of the request's queries as it is expected to
  // read in this time, at least one of each. 0: no bound.
  std::optional<double> rerank_budget = {};
  // Milliseconds from the start of the query on, embedding and search included: the reranker gets what they
  // leave over, and is left out if that is too little for one candidate. 0: no bound.
  std::optional<double> latency_budget = {};
  bool explain = false;
  // "phrases", -words and field:value of the text are conditions (read_queries.h).
  bool syntax = false;
  bool typos = false, prefix = false;  // as in LexicalSignal
  // Set when the syntax is read; the text has none from then on.
  std::optional<QueryReading> reading = {};
};

inline constexpr std::string_view kFirstPage = "*";

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
  double score = 0;            // relevance (relevance.h), by the last stage that scored; falls with the order
  std::size_t fused_rank = 0;  // from 1: its place after fusion
  double fused_score = 0;      // and its relevance
  std::optional<double> rerank_score = {};   // the reranker's own
  std::optional<double> colbert_score = {};  // MaxSim (colbert.h), in mode bge-m3
  Chunk chunk;                               // empty until load_chunks()
  std::size_t section = 0;                   // its number, if the query asks for sections
  std::vector<float> vector = {};            // if the answer is to be diverse and the store has it
  std::size_t hidden = 0;                    // these two as in ScoredChunk
  std::vector<std::string> duplicates = {};
};

struct ScoredChunk {
  Chunk chunk;       // of a section: id and index of its best chunk; text, range and place of the section
  double score = 0;  // 0..1, higher is better
  std::vector<TextRange> highlights = {};       // of chunk.text: words of the query, ascending, apart
  std::optional<TextRange> best_sentence = {};  // of chunk.text: the one with most of the query
  std::size_t hidden = 0;                       // further chunks of its document among the hits
  std::vector<std::string> duplicates = {};     // ids of chunks with nearly the same text
  bool shortened = false;                       // the text was cut to fit max_chars or max_tokens
  std::optional<Explanation> explanation = {};
};

struct QueryOutput {
  std::string query;
  std::vector<ScoredChunk> results;  // best first; top_k of them if the store has as many
  bool reranked = false;             // also false if the reranker failed: the first stage's order is returned
  bool answerable = false;           // whether a result reaches kAnswerable (relevance.h)
  std::string next;      // cursor of the next page; empty at the end, and if the query asks for no pages
  std::size_t cut = 0;   // results that max_chars or max_tokens left out
  std::size_t gone = 0;  // results of this page whose documents were removed since the first page
  StageTimes times;
  // It was to be reranked, but there is no reranker, it failed, or the latency budget left it no time.
  bool rerank_lacking = false;
  bool rerank_late = false;     // the last of these
  std::size_t rerank_read = 0;  // candidates that the reranker read
  std::optional<QueryExplanation> explanation = {};
};

struct DeleteInput {
  std::vector<std::string> ids;
  std::optional<Filter> filter;  // an unrestricted filter is kInvalidArgument: it never means everything
  bool delete_all = false;
};

}  // namespace rappel
