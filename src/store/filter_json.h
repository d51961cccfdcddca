// Filters as JSON: the object that clients and the command line write, in the spelling of MongoDB, which
// Chroma, Pinecone and LangChain share.
//
//   {"author": "Al", "department": ["sales", "support"], "pages": {"$gte": 3, "$lt": 10},
//    "$or": [{"source": "email"}, {"$not": {"url": {"$prefix": "https://intern."}}}]}
//
// All members must hold. A plain value means equality, a list means any of, an object holds operators: eq,
// ne, gt, gte, lt, lte, in, nin, exists, prefix, contains, not (each also with a leading $). $and, $or and
// $nor take a list of such objects, $not takes one. An operator takes a date also as LangChain's self-query
// retriever writes it, {"date": "2024-05-06", "type": "date"}. start_date and end_date bound created_at,
// inclusively.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/json.h"
#include "store/filter.h"

namespace rappel {

// One member, `level` levels below the whole filter. kInvalidArgument names the key and what is expected: an
// unknown operator, a value of the wrong type, more than kMaxFilterDepth levels.
Result<Filter> read_condition(std::string_view key, const Json& value, std::size_t level = 1);

// key:value as a person writes it: equality. A custom key takes what the value looks like, a number or a
// boolean, and the text as well. Errors as read_condition().
Result<Filter> read_text_condition(std::string_view key, const std::string& value);

// The whole object. Members that are null are not given, unless the key is a custom one, where null is an
// error. Within another filter, null and an object without members are errors, because they would widen it.
Result<Filter> read_filter(const Json& object, std::size_t level = 1);

}  // namespace rappel
