// Requests: read the bodies of the plugin's endpoints into typed inputs of the core (those of upserts are in
// server/input). There is one reader per schema of docs/http-api.md. Each adds its errors to `errors`; its
// result is valid only if `errors` stays empty.
//
// Differences from the old service (docs/http-api.md): invalid dates and a top_k outside its bounds are
// errors, and an empty filter never means everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieve/retrieval.h"
#include "server/input/validation.h"

namespace rappel {

struct RequestBounds {
  std::size_t max_top_k = 1000;
  std::size_t max_queries = 1000;
};

struct ListInput {
  Filter filter;
  std::size_t limit = 100;
  std::size_t offset = 0;
};

std::vector<QueryInput> read_query_request(const JsonValue& body, const RequestBounds& bounds,
                                           FieldErrors& errors);
ListInput read_list_request(const JsonValue& body, FieldErrors& errors);

// A filter without any condition is dropped, as if it had not been given.
DeleteInput read_delete_request(const JsonValue& body, FieldErrors& errors);

}  // namespace rappel
