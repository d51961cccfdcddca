// Metrics of a run, equal to those of trec_eval and ir_measures.
//
// The answers to a query are ordered as trec_eval orders them: by score as float32, the highest first, and
// equal scores by document id, the greatest string first ("9" before "10"). Judgements of 0 and below gain
// nothing. A judged query without answers, or without a relevant document, counts 0, and the mean is over all
// judged queries (trec_eval -c). Answers to other queries do not count.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "eval/types.h"

namespace rappel {

// The relevances that a metric sees of one query.
struct JudgedRanking {
  std::vector<int> answers;  // by rank; 0: not relevant or not judged
  std::vector<int> ideal;    // of all relevant documents, the highest first
};

struct Metric {
  const char* name;  // "ndcg@10"
  double (*of)(const JudgedRanking& ranking) = nullptr;
};

// Every metric, the one that decides comparisons first.
std::span<const Metric> metrics();

// The answers to one query in the order of the metrics.
std::vector<const RankedDocument*> in_order(const std::vector<RankedDocument>& answers);

// The value of each judged query by each metric.
struct RunQuality {
  std::vector<std::string> queries;         // in the order of Judgements
  std::vector<std::vector<double>> values;  // values[metric][query], in the order of metrics()

  // Over all queries; 0 if there are none.
  double mean(std::size_t metric) const;
};
RunQuality evaluate(const Judgements& judgements, const Run& run);

}  // namespace rappel
