// The metadata_condition of a retrieval.
//
//   {"logical_operator": "or", "conditions": [
//     {"name": "author", "comparison_operator": "is", "value": "Al"},
//     {"name": ["pages"], "comparison_operator": "≥", "value": "3"}]}
//
// Dify's values are often texts: a text that is a number also stands for the number, and dates are texts or
// seconds since 1970. Negated operators are true of documents without the key, as filters are.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "server/http/body_json.h"
#include "store/filter.h"
#include "store/metadata.h"

namespace rappel {

// A filter knows no ends of texts. A condition about one selects the texts that contain it, and what is found
// has to be looked at again.
class DifyConditions {
 public:
  // kInvalidArgument names what is expected: an unknown operator, a value that is missing or does not fit.
  static Result<DifyConditions> read(const JsonValue& condition);

  // Selects every document for which holds() is true, and others if `has_ends()`.
  Filter filter() const;
  bool has_ends() const;
  bool holds(const std::string& document_id, const Metadata& metadata) const;

 private:
  struct Condition {
    Filter filter;
    std::vector<std::string> keys = {};  // of texts that end with `end`; none: the filter says it all
    std::string end = {};
  };
  static Result<Condition> read_one(const JsonValue& value);

  std::vector<Condition> conditions_;
  bool any_ = false;  // instead of all
};

}  // namespace rappel
