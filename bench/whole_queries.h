// Whole answers of the retrieval core without the time of an engine: candidates of all signals, fusion and
// presentation, over embeddings that are given.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "embed/embedding.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel::bench {

// Settings of queries to compare: name and what differs from the default.
std::vector<std::pair<const char*, QueryInput>> query_settings();

class WholeQueries {
 public:
  // `store` outlives it.
  WholeQueries(DocumentStore& store, int dimension) : store_(store), dimension_(dimension) {}
  // `query` with that text and embedding.
  Status answer(QueryInput query, const std::string& text, const Embedding& embedding);

 private:
  DocumentStore& store_;
  const int dimension_;
};

}  // namespace rappel::bench
