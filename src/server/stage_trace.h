// The stages of a request as spans, with the names of OpenTelemetry's conventions for generative AI. Never a
// text of a query or a document.
#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"
#include "trace/request_trace.h"

namespace rappel {

struct QueryTrace {
  SpanClock::time_point begin, end;
  std::string collection;          // empty: the default one
  std::string embedder, reranker;  // names of the models; empty: there is none
  std::size_t top_k = 0;           // of the first query
};

// The time of each stage is measured (StageTimes); where it began is put together from them: embedding
// first, then search and reranking of one query after the other.
void trace_queries(RequestTrace& trace, const QueryTrace& what,
                   const Result<std::vector<QueryOutput>>& outputs);

// Documents that are stored; the work of reading them is within it.
void trace_ingest(RequestTrace& trace, SpanClock::time_point begin, std::string_view collection,
                  const Status& status);

// A call of a model alone, which ends now; `trace` may be null. `tokens` as the model read them.
void trace_embeddings(RequestTrace* trace, SpanClock::time_point begin, std::string_view model,
                      std::size_t tokens, std::size_t dimension);
void trace_rerank(RequestTrace* trace, SpanClock::time_point begin, std::string_view model,
                  std::size_t candidates, std::size_t tokens);

}  // namespace rappel
