// LocalEmbedder: an Embedder that computes on this machine. Tokenizer, encoder, the scheduler in front of the
// encoder and the cache of query embeddings.
//
// Texts of all callers share batches (scheduler.h). The vectors of a text are bit-identical alone or in a
// batch. Errors beside those of embedder.h: kInvalidArgument if max_length cannot hold the special tokens;
// kDeadlineExceeded and device failures come from the scheduler.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/ticket_lock.h"
#include "embed/embedder.h"
#include "embed/local/local_model.h"
#include "embed/local/query_cache.h"
#include "embed/token_level.h"
#include "text/tokenizer.h"

namespace rappel {

struct EmbedderOptions : LocalModelOptions {
  std::size_t max_length = 8192;  // tokens per text, limited to what the model can take
  QueryCacheBudget cache;
};

class LocalEmbedder final : public Embedder, public TokenEmbedder {
 public:
  // kFailedPrecondition if the model is a reranker. `name` is the name as configured. The device must outlive
  // the embedder.
  static Result<std::unique_ptr<LocalEmbedder>> load(std::string name,
                                                     std::shared_ptr<const ModelFiles> files, Device& device,
                                                     const EmbedderOptions& options);
  ~LocalEmbedder() override;

  Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                       const EmbedRequest& request) override;
  Result<std::vector<TokenOutput>> embed_tokens(const TokenInput& input, const EmbedRequest& request,
                                                const TokenRequest& more) override;
  std::string_view pooling() const override;
  const Tokenizer& token_level_tokenizer() const override { return *tokenizer_; }
  LocalWeights weights() const override { return model_.weights; }
  // From the cache if the query was asked before, from another call's computation if its flow computes it now
  // (single-flight), the others in one pass.
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call = {}) override;

  // Runs a query and a passage, so that the first user does not pay for page faults and lazy set-up. Then
  // measures the best batch size (batch_tuning.h) unless the options give it.
  Result<BatchChoice> warm_up();

  const ModelIdentity& identity() const override { return identity_; }
  bool has_sparse() const override;
  bool has_colbert() const override;
  std::size_t max_length() const override { return max_length_; }
  std::size_t passage_room() const override;
  Result<std::vector<ByteRange>> token_ranges(std::string_view text,
                                              std::stop_token cancel = {}) const override;

  const Tokenizer* own_tokenizer() const override { return tokenizer_.get(); }
  const std::shared_ptr<const Tokenizer>& tokenizer() const { return tokenizer_; }
  CacheStats cache_stats() const { return cache_.stats(); }
  SchedulerStats scheduler_stats() const { return model_.scheduler->stats(); }
  SchedulerHistograms scheduler_histograms() const { return model_.scheduler->histograms(); }
  std::uint64_t truncated_texts() const { return truncated_; }
  // See Scheduler::set_under_way.
  void set_under_way(std::function<std::size_t()> queries) {
    model_.scheduler->set_under_way(std::move(queries));
  }
  EncoderHealth health() const { return model_.encoder->health(); }

 private:
  explicit LocalEmbedder(const EmbedderOptions& options);
  Status tokenize(std::span<const std::string> texts, const EmbedRequest& request,
                  std::vector<Embedding>& out);
  Status check_heads(const EmbedRequest& request) const;
  Result<std::size_t> length_limit(const EmbedRequest& request) const;
  Status take_ids(std::span<const std::vector<TokenId>> ids, const EmbedRequest& request,
                  std::vector<Embedding>& out) const;
  // Computes what is asked for of texts with their input_ids. `hidden`, if not empty, gets the states of
  // each.
  Status compute(std::span<Embedding> texts, const EmbedRequest& request,
                 std::span<std::vector<float>> hidden);
  Status compute_raw(std::span<Embedding> texts, const EmbedRequest& request);
  std::vector<float> pooled(std::span<const float> hidden, int dimensions) const;
  Status encode_text(std::string_view text, const EncodeOptions& options, Overlong overlong,
                     Embedding& out) const;
  Status embed_claimed(std::span<const std::string> queries, QueryClaims& claims, const CallContext& call,
                       std::vector<Embedding>& embeddings);
  void keep_sparse(std::span<const float> weights, Embedding& embedding) const;

  ModelIdentity identity_;
  std::atomic<std::uint64_t> truncated_ = 0;  // texts that were cut
  std::size_t max_length_;
  std::shared_ptr<const ModelFiles> files_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  LocalModel model_;
  QueryCache cache_;
  TicketLock large_requests_;  // tokenizing_turn.h
};

}  // namespace rappel
