// The queries of one request on their way through the stages of query.cc. Data only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "retrieve/highlights.h"
#include "retrieve/query.h"
#include "retrieve/sections.h"
#include "retrieve/stopwatch.h"
#include "retrieve/types.h"

namespace rappel {

class StoreReader;
struct QueryWork;

// Refers to what the caller owns.
struct QueryCall {
  QueryCall(const QueryParts& all_parts, std::span<const QueryInput> inputs, const RequestContext& of_request)
      : parts(all_parts), queries(inputs), context(of_request), begin(now()) {}

  const QueryParts& parts;
  std::span<const QueryInput> queries;
  const RequestContext& context;
  double begin;  // milliseconds, as now()
  // Called once, after the candidates are found, while the state of the store that answers is open. May be
  // empty.
  std::function<Status(StoreReader&, std::span<const Embedding>, std::span<const QueryWork>)> look = {};

  // Milliseconds since some moment.
  double now() const { return now_milliseconds(parts); }
};

// How much a query asks for, with the defaults of the options.
struct QueryPlan {
  std::size_t top_k = 0;   // results of a page
  std::size_t wanted = 0;  // results of all pages
  std::size_t depth = 0;   // candidates that the reranker and ColBERT read at least
  std::size_t pool = 0;    // candidates from which the results are chosen
  std::size_t hits = 0;    // candidates that fusion gives
  bool merges = false;     // results are sections, or chunks with their neighbors
  bool reranks = false;
  bool uses_colbert = false;
};

// One query between the stages.
struct QueryWork {
  const QueryInput* query = nullptr;
  QueryPlan plan;
  std::vector<Candidate> candidates;
  std::vector<SignalKind> kinds;                 // of Candidate::signals
  std::optional<std::vector<Section>> sections;  // of the candidates, if plan.merges
  double plausibility = 1;                       // plausibility.h
  std::vector<float> tokens;                     // their vectors, of the query, if plan.uses_colbert
  std::vector<QueryPart> words;                  // if the query asks for highlights
  std::optional<std::int64_t> commit;            // that was read
  bool reranked = false;
  bool rerank_lacking = false, rerank_late = false;  // as in QueryOutput
  std::size_t rerank_read = 0, rerank_unread = 0;    // candidates; the latter for want of time
  std::optional<QueryExplanation> explanation;
  StageTimes times;

  std::size_t results() const { return sections ? sections->size() : candidates.size(); }
};

}  // namespace rappel
