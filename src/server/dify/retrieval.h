// Requests and answers of POST /retrieval.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "base/byte_budget.h"
#include "retrieve/types.h"
#include "server/dify/conditions.h"
#include "server/http/response.h"
#include "server/input/lenient_object.h"

namespace rappel {

inline constexpr std::size_t kDifyTopK = 4;

struct DifyRetrieval {
  std::string knowledge_id;
  QueryInput query;
  DifyConditions conditions;
  std::size_t wanted = 0;  // results, if the query asks for more because conditions are looked at again
};

// A top_k above `max_top_k` is `max_top_k`, and without one it is kDifyTopK. A threshold beyond 0..1 is the
// nearest of these.
std::variant<DifyRetrieval, InputFault> read_dify_retrieval(const JsonObject& body, std::size_t max_top_k);

// Removes the results that the conditions do not hold for.
void keep_matching(const DifyRetrieval& retrieval, QueryOutput& output);

// {"records":[{"content","score","title","metadata"}]}, best first. A title is the file's name, the custom
// key `title`, or the document's id. May be large: sent in pieces then, and `memory` is held until the end.
Response dify_records(QueryOutput output, ByteHold memory);

}  // namespace rappel
