// Judged sets and runs, as values. Documents and queries are named by the ids of their files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace rappel {

// The relevance of a document to a query, by document. 1 or more: relevant. A document that is not here was
// not judged, which counts as not relevant.
using Relevances = std::map<std::string, int>;
// By query. Queries without a judgement are not here.
using Judgements = std::map<std::string, Relevances>;

struct RankedDocument {
  std::string id;
  double score = 0;
};

// The answers of a retrieval system, by query, each document once. Their order does not matter: metrics order
// them by score (metrics.h).
using Run = std::map<std::string, std::vector<RankedDocument>>;

}  // namespace rappel
