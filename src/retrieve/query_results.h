// The last stage of a query: its results, from candidates that are in their final order.
#pragma once

#include "base/status.h"
#include "retrieve/query_call.h"

namespace rappel {

// The first page. Errors of first_page() (presentation.h).
Result<QueryOutput> answer_of(const QueryCall& call, QueryWork work);

}  // namespace rappel
