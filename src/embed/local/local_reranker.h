// LocalReranker: a Reranker that runs a cross-encoder on this machine.
//
// Pairs are encoded as FlagEmbedding does (text/tokenizer.h: the query is cut to 3/4 of max_length, then the
// passage; with RerankJob::best_window see passage_windows.h). Scores are bit-identical alone or in a batch.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/ticket_lock.h"
#include "embed/local/local_model.h"
#include "embed/reranker.h"
#include "embed/token_level.h"
#include "text/tokenizer.h"

namespace rappel {

struct RerankerOptions : LocalModelOptions {
  std::size_t max_length = 512;      // tokens per pair, limited to what the model can take
  std::size_t query_max_length = 0;  // 0 = max_length * 3 / 4
};

class LocalReranker final : public Reranker, public TokenLevel {
 public:
  // kFailedPrecondition if the model has no classification head, kCorrupt if its rappel.json is wrong. The
  // device must outlive the reranker.
  static Result<std::unique_ptr<LocalReranker>> load(std::string name,
                                                     std::shared_ptr<const ModelFiles> files, Device& device,
                                                     const RerankerOptions& options);
  ~LocalReranker() override;

  using Reranker::scores;
  // sigmoid(logit).
  Result<std::vector<std::vector<double>>> scores(std::span<const RerankJob> jobs,
                                                  const CallContext& call = {}) override;
  Result<PairScores> score_pairs(const RerankJob& job, bool refuse_longer,
                                 const CallContext& call = {}) override;
  // The model's logit for each passage, in order.
  Result<std::vector<float>> logits(const std::string& query, std::span<const std::string> passages,
                                    const CallContext& call = {});

  Result<BatchChoice> warm_up();  // as LocalEmbedder
  const std::string& name() const override { return name_; }
  RerankerDescription description() const override { return description_; }
  std::size_t max_length() const override { return options_.max_length; }
  const Tokenizer& token_level_tokenizer() const override { return *tokenizer_; }
  LocalWeights weights() const override { return model_.weights; }
  SchedulerStats scheduler_stats() const { return model_.scheduler->stats(); }
  SchedulerHistograms scheduler_histograms() const { return model_.scheduler->histograms(); }
  std::uint64_t truncated_texts() const { return truncated_; }
  // See Scheduler::set_under_way.
  void set_under_way(std::function<std::size_t()> queries) {
    model_.scheduler->set_under_way(std::move(queries));
  }
  EncoderHealth health() const { return model_.encoder->health(); }

 private:
  explicit LocalReranker(const RerankerOptions& options) : options_(options) {}
  struct Pairs {
    std::vector<Encoding> encodings;
    std::vector<std::size_t> windows;  // encodings of each passage, one passage after the other
    std::size_t cut = 0;               // passages whose pair is not whole
  };
  Result<Pairs> tokenize(std::span<const RerankJob> jobs, const std::stop_token& cancel);
  // Adds those of one passage.
  void add_windows(const std::vector<TokenId>& query, const std::vector<TokenId>& passage, bool best_window,
                   Pairs& pairs) const;
  // Logits of the passages of all jobs, one job after the other.
  Result<std::vector<float>> pair_logits(std::span<const RerankJob> jobs, const CallContext& call);
  Result<std::vector<float>> pair_logits(const Pairs& tokenized, const CallContext& call);

  std::string name_;
  std::atomic<std::uint64_t> truncated_ = 0;  // pairs that were not whole
  RerankerDescription description_;
  RerankerOptions options_;
  std::shared_ptr<const ModelFiles> files_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  LocalModel model_;
  TicketLock large_requests_;  // tokenizing_turn.h
};

}  // namespace rappel
