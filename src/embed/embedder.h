// Embedder: texts in, vectors out. Tokenizer, encoder, the scheduler in front of it and the cache of query
// embeddings.
//
// Thread-safe: any thread may call any method; texts of all callers share batches (scheduler.h). The vectors
// of a text do not depend on the texts beside it (bit-identical alone or in a batch). Errors:
// kInvalidArgument when an output is asked for that the model has no head for, or max_length is too small to
// hold the special tokens; a full queue, a passed deadline and device failures as the scheduler has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "embed/local/batch_tuning.h"
#include "embed/local/query_cache.h"
#include "embed/local/scheduler.h"
#include "engine/encoder.h"
#include "store/model_identity.h"
#include "text/tokenizer.h"

namespace rappel {

struct EmbedderOptions {
  std::size_t max_length = 8192;     // tokens per text, cut to what the model can take
  std::size_t batch_tokens = 0;      // per forward pass, one text always fits; 0 = what warm_up() finds best
  std::size_t max_waiting = 256;     // callers in the queue; further ones are refused
  std::size_t cache_entries = 2000;  // query embeddings kept, least recently used first out; 0 = none
  WeightKind kind = WeightKind::kFloat32;
  Device* fallback = nullptr;  // where the model goes when its device is lost; null: nowhere
  Logger* logger = nullptr;    // hears of that
  std::string displaced;       // why the device is not the one that was asked for; empty: it is
};

// Which prefix of the model's configuration a text gets (config_sentence_transformers.json); most models have
// none.
enum class TextRole { kPlain, kQuery, kDocument };

struct EmbedRequest {
  bool dense = true;
  bool sparse = false;
  bool colbert = false;
  std::size_t max_length = 0;  // 0 = the embedder's
  int dimensions = 0;          // keep the first n of dense and ColBERT vectors before normalising; 0 = all
  TextRole role = TextRole::kPlain;
  bool unit_length =
      false;  // dense vectors of length 1 also where the model does not normalise; what a store wants
  Priority priority = Priority::kInteractive;
  std::stop_token cancel;
};

// One text's answer. sparse: token id and weight > 0, ids in order of first occurrence with a positive weight
// (as FlagEmbedding), each the maximum over the id's occurrences. colbert: row-major [colbert.size() / dim,
// dim].
struct Embedding {
  std::vector<TokenId> input_ids;
  std::vector<float> dense;
  std::vector<std::pair<TokenId, float>> sparse;
  std::vector<float> colbert;
};

class Embedder {
 public:
  // kFailedPrecondition when the model is a reranker. `name` is what people call the model. The device must
  // outlive it.
  static Result<std::unique_ptr<Embedder>> load(std::string name, std::shared_ptr<const ModelFiles> files,
                                                Device& device, const EmbedderOptions& options);
  ~Embedder();

  // One answer per text, in order.
  Result<std::vector<Embedding>> embed(std::span<const std::string> texts, const EmbedRequest& request);

  // The dense vector of each query: from the cache when it was asked before, from another caller's
  // computation when it is being asked now, the others in one go.
  Result<std::vector<std::vector<float>>> embed_queries(std::span<const std::string> queries,
                                                        std::stop_token cancel = {});

  // Runs a query and a passage, so that the first user does not pay for page faults and lazy set-up; then
  // measures which batches are best (batch_tuning.h) unless the options say.
  Result<BatchChoice> warm_up();

  const ModelIdentity& identity() const { return identity_; }
  int dimension() const { return identity_.dimension; }
  bool has_sparse() const;
  bool has_colbert() const;
  std::size_t max_length() const { return max_length_; }
  const std::shared_ptr<const Tokenizer>& tokenizer() const { return tokenizer_; }
  CacheStats cache_stats() const { return cache_.stats(); }
  SchedulerStats scheduler_stats() const { return scheduler_->stats(); }
  // Scheduler::set_under_way.
  void set_under_way(std::function<std::size_t()> queries) { scheduler_->set_under_way(std::move(queries)); }
  EncoderHealth health() const { return encoder_->health(); }

 private:
  explicit Embedder(const EmbedderOptions& options);
  Status embed_claimed(std::span<const std::string> queries, std::span<const std::size_t> claimed,
                       const std::stop_token& cancel, std::vector<std::vector<float>>& vectors);
  void keep_sparse(std::span<const float> weights, Embedding& embedding) const;

  ModelIdentity identity_;
  std::size_t max_length_;
  std::size_t batch_tokens_;  // 0 = tuned
  std::shared_ptr<const ModelFiles> files_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<ResilientEncoder> encoder_;
  std::unique_ptr<Scheduler> scheduler_;  // behind the encoder: it goes first
  QueryCache cache_;
};

}  // namespace rappel
