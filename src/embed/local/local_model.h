// LocalModel: what the embedder and the reranker of this machine have in common. The tokenizer, the encoder,
// the scheduler in front of it, and the options of all three.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "embed/local/batch_tuning.h"
#include "embed/local/resilient_encoder.h"
#include "embed/local/scheduler.h"
#include "embed/token_level.h"
#include "formats/model_files.h"
#include "text/tokenizer.h"

namespace rappel {

struct LocalModelOptions {
  std::size_t batch_tokens = 0;   // per forward pass, one text always fits; 0 = measured by warm_up()
  std::size_t max_waiting = 256;  // callers in the queue; more are refused
  WeightKind kind = WeightKind::kFloat32;
  Device* fallback = nullptr;      // takes over if the model's device is lost; null: nothing does
  Logger* logger = nullptr;        // logs that; may be null
  std::shared_ptr<PassTurn> turn;  // of the models on the device; null: this is the only one
  std::string displaced;           // why the device is not the requested one; empty: it is
};

// kCorrupt if the tokenizer has more tokens than the model's table has rows.
Result<std::shared_ptr<const Tokenizer>> load_tokenizer(const ModelFiles& files);

struct LocalModel {
  // `part` names the model in the log: "embedder". The device must outlive the model.
  static Result<LocalModel> load(std::shared_ptr<const ModelFiles> files, Device& device,
                                 std::size_t max_length, const char* part, const LocalModelOptions& options);

  // The batch size that the options give, else the best one for copies of `text`, which it then uses.
  // `forward` computes what the model is used for.
  Result<BatchChoice> choose_batch(std::span<const TokenId> text, const ForwardBatch& forward);

  std::unique_ptr<ResilientEncoder> encoder;
  std::unique_ptr<Scheduler> scheduler;  // after the encoder: it is destroyed first
  std::size_t given_batch_tokens = 0;    // 0 = measured
  LocalWeights weights = {};
};

}  // namespace rappel
