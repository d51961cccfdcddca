// Scores of the reranker for the model protocols: the call, and the order that answers have.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "embed/reranker.h"
#include "server/input/lenient_object.h"

namespace rappel {

struct RankedTexts {
  std::vector<double> scores;      // of each text: 0..1, or logits
  std::vector<std::size_t> order;  // numbers of texts, best first; equal ones in their order
  std::size_t tokens = 0;          // of all pairs as the model read them
  std::size_t cut = 0;             // pairs of which the model read a part
};

struct RankOptions {
  bool raw_scores = false;  // logits
  bool refuse_longer = false;
};

// Errors as Reranker::score_pairs().
Result<RankedTexts> rank_texts(Reranker& reranker, std::string query, std::vector<std::string> texts,
                               const RankOptions& options, const CallContext& call);

// The fault of a request where no reranker is configured.
InputFault no_reranker_fault();

}  // namespace rappel
