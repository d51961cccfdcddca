// Presentation: the last stage of a query, from ordered results to the page that is returned: highlights,
// budget and cursor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "retrieve/answer_pages.h"
#include "retrieve/query.h"
#include "retrieve/types.h"

namespace rappel {

// Whether an answer is kept for further pages, and needs more results than one page has.
inline bool starts_pages(const QueryInput& query) { return query.cursor == kFirstPage; }
inline bool is_later_page(const QueryInput& query) { return !query.cursor.empty() && !starts_pages(query); }

// The first page of an answer that has all results. Errors of the embedder, whose tokens count.
Result<QueryOutput> first_page(const QueryParts& parts, KeptAnswer answer, const CallContext& call);

// The answers to all queries in order: `first`, which are of those that ask for no later page, and the later
// pages. Errors of later_page().
Result<std::vector<QueryOutput>> with_later_pages(const QueryParts& parts,
                                                  std::span<const QueryInput> queries,
                                                  std::vector<QueryOutput> first,
                                                  const RequestContext& context);

// The page that query.cursor names. Results whose documents were removed since the first page are left out,
// and counted as `gone`. Errors of AnswerPages::find(), of the store, the meter and the embedder.
Result<QueryOutput> later_page(const QueryParts& parts, AnswerMeter& meter, const QueryInput& query,
                               const CallContext& call);

}  // namespace rappel
