// Reranker: scores how well passages answer a query.
//
// Every method may be called from any thread. The score of a pair does not depend on the other pairs of the
// call. Errors as in embedder.h; an error leaves the whole call without results.
//
// local/ runs a cross-encoder on this machine. A remote service is a further folder that implements this
// header.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "embed/embedder.h"
#include "embed/reranker_description.h"

namespace rappel {

// One query and its passages. An empty passage is still a pair.
struct RerankJob {
  std::string query;
  std::vector<std::string> passages;
  // A passage that is longer than the reranker reads is scored by its best window, instead of its beginning.
  bool best_window = false;
};

// One query with its passages. `tokens`: of all pairs, special tokens included. `cut`: pairs of which the
// model read a part.
struct PairScores {
  std::vector<float> logits;  // one for each passage; the score is their sigmoid
  std::size_t tokens = 0;
  std::size_t cut = 0;
};

class Reranker {
 public:
  virtual ~Reranker() = default;

  // scores[j][p], 0..1, higher is better, for passage p of job j. The pairs of all jobs share batches.
  virtual Result<std::vector<std::vector<double>>> scores(std::span<const RerankJob> jobs,
                                                          const CallContext& call = {}) = 0;
  // The logits and counts of one job. kInvalidArgument with the id kTextTooLong if `refuse_longer` and
  // a pair is longer than the model reads.
  virtual Result<PairScores> score_pairs(const RerankJob& job, bool refuse_longer,
                                         const CallContext& call = {}) = 0;
  // Tokens of a pair that the model reads, special tokens included.
  virtual std::size_t max_length() const = 0;
  // The name of the model as configured.
  virtual const std::string& name() const = 0;
  // How far its scores are to be used. Constant.
  virtual RerankerDescription description() const { return {}; }

  // The scores of one query.
  Result<std::vector<double>> scores(const std::string& query, std::span<const std::string> passages,
                                     const CallContext& call = {}) {
    const RerankJob job{query, {passages.begin(), passages.end()}};
    auto all = scores({&job, 1}, call);
    if (!all.ok()) return all.status();
    return std::move((*all)[0]);
  }
};

}  // namespace rappel
