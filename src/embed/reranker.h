// Reranker: a query and passages in, one score per passage out, by a cross-encoder. Thread-safe like
// Embedder.
//
// Pairs are encoded as FlagEmbedding does (text/tokenizer.h: query cut to 3/4 of max_length, then the
// passage); an empty passage is still a pair.
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
#include "engine/encoder.h"
#include "text/tokenizer.h"

namespace rappel {

struct RerankerOptions {
  std::size_t max_length = 512;      // tokens per pair, cut to what the model can take
  std::size_t query_max_length = 0;  // 0 = max_length * 3 / 4
  std::size_t batch_tokens = 0;      // per forward pass, one text always fits; 0 = what warm_up() finds best
  std::size_t max_waiting = 256;     // callers in the queue; further ones are refused
  WeightKind kind = WeightKind::kFloat32;
  Device* fallback = nullptr;  // where the model goes when its device is lost; null: nowhere
  Logger* logger = nullptr;    // hears of that
  std::string displaced;       // why the device is not the one that was asked for; empty: it is
};

class Reranker {
 public:
  // kFailedPrecondition when the model has no classification head.
  static Result<std::unique_ptr<Reranker>> load(std::string name, std::shared_ptr<const ModelFiles> files,
                                                Device& device, const RerankerOptions& options);
  ~Reranker();

  // The model's logit for each passage, in order.
  Result<std::vector<float>> logits(const std::string& query, std::span<const std::string> passages,
                                    std::stop_token cancel = {});
  // sigmoid(logit), 0..1, higher is better.
  Result<std::vector<double>> scores(const std::string& query, std::span<const std::string> passages,
                                     std::stop_token cancel = {});

  Result<BatchChoice> warm_up();  // as Embedder
  const std::string& name() const { return name_; }
  std::size_t max_length() const { return options_.max_length; }
  SchedulerStats scheduler_stats() const { return scheduler_->stats(); }
  // Scheduler::set_under_way.
  void set_under_way(std::function<std::size_t()> queries) { scheduler_->set_under_way(std::move(queries)); }
  EncoderHealth health() const { return encoder_->health(); }

 private:
  explicit Reranker(const RerankerOptions& options) : options_(options) {}
  std::string name_;
  RerankerOptions options_;
  std::shared_ptr<const ModelFiles> files_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<ResilientEncoder> encoder_;
  std::unique_ptr<Scheduler> scheduler_;  // behind the encoder: it goes first
};

}  // namespace rappel
