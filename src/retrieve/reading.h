// The meaning of a query with syntax (read_queries.h). Data only.
#pragma once

#include <string>
#include <vector>

#include "store/document_store.h"
#include "text/words/query_syntax.h"

namespace rappel {

struct QueryReading {
  std::string written;                 // the query with its syntax
  TextConditions conditions;           // on the text of each result's chunk
  std::vector<FieldCondition> fields;  // on its document; the filter of the query has them, too

  bool empty() const { return conditions.empty() && fields.empty(); }
  bool operator==(const QueryReading&) const = default;
};

}  // namespace rappel
