// Conditions in the text of a query, for tools that take a text alone:
//
//   source:email  author:"Ann Lee"  after:2025-01-01  before:2025-07-01
//
// after is inclusive, before is not. The same name again means either value (source, author). A word is a
// condition only if the value follows the colon directly; the rest is the query.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "store/filter.h"

namespace rappel::mcp {

struct QueryConditions {
  std::string text;  // without the conditions; may be empty
  Filter filter;
};

// kInvalidArgument: a value that its name cannot have.
Result<QueryConditions> read_conditions(std::string_view query);

}  // namespace rappel::mcp
