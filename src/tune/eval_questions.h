// The questions of a judged set, asked through the plan of a query (retrieve/query.h).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/status.h"
#include "eval/beir_set.h"
#include "retrieve/query.h"
#include "tune/eval_journal.h"

namespace rappel {

inline constexpr std::size_t kEvalDepth = 100;  // documents of an answer

// The documents of an answer by their best chunk, at most kEvalDepth. Chunks are added in their order, which
// is the order of the documents: metrics order by score as float32, so a score that is not below the one
// before becomes the next lower number.
class DocumentRanking {
 public:
  explicit DocumentRanking(const std::string& left_out) : seen_{left_out} {}

  void add(const std::string& document, double score);
  std::vector<RankedDocument> take() { return std::move(documents_); }

 private:
  std::vector<RankedDocument> documents_;
  std::unordered_set<std::string> seen_;
};

// Chunks of the store that give kEvalDepth documents on average.
std::size_t eval_chunk_depth(const StoreStats& stats);

struct EvalQuestions {
  std::span<const JudgedQuery> queries;
  bool same_ids = false;           // false: a document with the id of the query is left out
  EvalJournal* journal = nullptr;  // null: answers are not kept
};

struct EvalAnswers {
  Run run;
  std::vector<double> ms;  // of each query
};

// One query at a time. A document has the score of its best chunk, and more chunks are asked for until
// kEvalDepth documents are found; the time of a query is that of its last question. The first query is asked
// twice, and its first time does not count: it pays for what every later one finds in memory. Answers that
// the journal has are taken from there, and others are added to it. parts.options.rerank_candidates
// candidates are reranked. `advance` is told how many queries were asked by this call. kCancelled, errors of
// the queries and the journal.
Result<EvalAnswers> ask_eval_questions(const QueryParts& parts, const EvalQuestions& questions,
                                       const std::function<void(std::size_t asked)>& advance,
                                       const std::stop_token& stop);

}  // namespace rappel
