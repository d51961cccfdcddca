// LocalReranker: a Reranker that runs a cross-encoder on this machine.
//
// Pairs are encoded as FlagEmbedding does (text/tokenizer.h: the query is cut to 3/4 of max_length, then the
// passage). Scores are bit-identical alone or in a batch.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "embed/local/batch_tuning.h"
#include "embed/local/scheduler.h"
#include "embed/reranker.h"
#include "engine/encoder.h"
#include "text/tokenizer.h"

namespace rappel {

struct RerankerOptions {
  std::size_t max_length = 512;      // tokens per pair, limited to what the model can take
  std::size_t query_max_length = 0;  // 0 = max_length * 3 / 4
  std::size_t batch_tokens = 0;      // per forward pass, one pair always fits; 0 = measured by warm_up()
  std::size_t max_waiting = 256;     // callers in the queue; more are refused
  WeightKind kind = WeightKind::kFloat32;
  Device* fallback = nullptr;  // takes over if the model's device is lost; null: nothing does
  Logger* logger = nullptr;    // logs that; may be null
  std::string displaced;       // why the device is not the requested one; empty: it is
};

class LocalReranker final : public Reranker {
 public:
  // kFailedPrecondition if the model has no classification head. The device must outlive the reranker.
  static Result<std::unique_ptr<LocalReranker>> load(std::string name,
                                                     std::shared_ptr<const ModelFiles> files, Device& device,
                                                     const RerankerOptions& options);
  ~LocalReranker() override;

  using Reranker::scores;
  // sigmoid(logit).
  Result<std::vector<std::vector<double>>> scores(std::span<const RerankJob> jobs,
                                                  std::stop_token cancel = {}) override;
  // The model's logit for each passage, in order.
  Result<std::vector<float>> logits(const std::string& query, std::span<const std::string> passages,
                                    std::stop_token cancel = {});

  Result<BatchChoice> warm_up();  // as LocalEmbedder
  const std::string& name() const override { return name_; }
  std::size_t max_length() const { return options_.max_length; }
  SchedulerStats scheduler_stats() const { return scheduler_->stats(); }
  // See Scheduler::set_under_way.
  void set_under_way(std::function<std::size_t()> queries) { scheduler_->set_under_way(std::move(queries)); }
  EncoderHealth health() const { return encoder_->health(); }

 private:
  explicit LocalReranker(const RerankerOptions& options) : options_(options) {}
  // Logits of the pairs of all jobs, one job after the other.
  Result<std::vector<float>> pair_logits(std::span<const RerankJob> jobs, std::stop_token cancel);

  std::string name_;
  RerankerOptions options_;
  std::shared_ptr<const ModelFiles> files_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<ResilientEncoder> encoder_;
  std::unique_ptr<Scheduler> scheduler_;  // after the encoder: it is destroyed first
};

}  // namespace rappel
