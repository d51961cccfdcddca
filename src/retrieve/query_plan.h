// The plan of one query: its request with the defaults of the options. Pure functions.
#pragma once

#include <string_view>

#include "base/status.h"
#include "retrieve/query_call.h"

namespace rappel {

// kInvalidArgument for a top_k or a shape out of bounds.
Status check_queries(const QueryCall& call);

// kUnsupported if a query wants sections or neighbors of a store that cannot read them.
Status check_units(const QueryCall& call);

QueryPlan plan_of(const QueryParts& parts, const QueryInput& query);

SearchMode mode_of(const QueryInput& query, const RetrievalOptions& options);

// "": ColBERT takes part, or the mode does not have it. Else the reason why it does not, for a person.
std::string_view colbert_lack(const QueryParts& parts, const QueryInput& query);

// Whether it is to be reranked, also where there is no reranker.
bool asks_for_reranking(const QueryInput& query, const RetrievalOptions& options);

}  // namespace rappel
