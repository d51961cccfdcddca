// Requests: the bodies and query strings of /v1/search and /v1/why as inputs of the core. One table
// (requests.cc) has every member; a query string has the same members, each with its JSON text or as plain
// text, and values are converted as in the plugin's bodies (validation.h). A member that is not in the table
// is an error, because a misspelt one would change the answer silently.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "retrieve/types.h"
#include "retrieve/why.h"
#include "server/input/validation.h"

namespace rappel {

// Valid only if `errors` stays empty.
QueryInput read_search_request(const JsonValue& body, std::size_t max_top_k, FieldErrors& errors);
WhyInput read_why_request(const JsonValue& body, std::size_t max_top_k, FieldErrors& errors);
QueryInput read_search_query(std::string_view query_string, std::size_t max_top_k, FieldErrors& errors);
WhyInput read_why_query(std::string_view query_string, std::size_t max_top_k, FieldErrors& errors);

// The members of a search, in the order of the table.
std::vector<std::string_view> search_members();

}  // namespace rappel
