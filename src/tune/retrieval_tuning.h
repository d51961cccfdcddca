// Settings of retrieval by the judged questions of a user: the weights of fusion, then RERANK_K.
//
// Each question is asked once for the weights: its candidates with the scores of all signals are ordered by
// every choice of weights (fuse() is a pure function). The reranker reads a question's first candidates once,
// under the weights that were found, and every RERANK_K uses these scores. Each choice is judged by nDCG@10
// in the way of `rappel eval`, and by cross-validation (cross_validation.h).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "eval/beir_set.h"
#include "tune/cross_validation.h"
#include "tune/set_evaluation.h"

namespace rappel {

struct RetrievalChoice {
  FusionWeights weights;
  std::size_t rerank = 0;  // candidates that the reranker reads; 0: none
};

struct TuningStep {
  std::string name;                      // "weights", "reranking"
  std::vector<RetrievalChoice> choices;  // with the one in force
  CrossValidation found;                 // numbers of `choices`

  const RetrievalChoice& in_force() const { return choices[found.baseline]; }
  const RetrievalChoice& best() const { return choices[found.best]; }
  // The best one if held-out questions confirm it.
  const RetrievalChoice& result() const { return found.is_better() ? best() : in_force(); }
};

struct RetrievalTuning {
  std::optional<TuningStep> weights;    // nothing: the mode has no weights
  std::optional<TuningStep> reranking;  // nothing: there is no reranker
};

struct TuningQuestions {
  const JudgedSet& set;
  bool same_ids = false;
  RetrievalOptions options;  // in force
  CrossValidationOptions validation;
};

// kInvalidArgument: too few questions to say something about others.
Status enough_questions(const JudgedSet& set);

using RetrievalTuningProgress = std::function<void(const std::string& words, double done, double total)>;

// The store has the documents of the set. kInvalidArgument as enough_questions(), kCancelled, errors of
// models and store.
Result<RetrievalTuning> tune_retrieval(const EvalParts& parts, const TuningQuestions& questions,
                                       const RetrievalTuningProgress& progress, const std::stop_token& stop);

}  // namespace rappel
