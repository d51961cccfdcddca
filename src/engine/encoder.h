// Encoder: a model's weights on a device, and the forward pass from packed tokens to what its heads say.
//
// The forward pass is written once (encoder.cc) over the Device interface (device.h) and names no device and
// no weight kind. Tokens of all texts of a batch lie one behind the other without padding. Rows of a text do
// not depend on what else is in the batch: on one device and weight kind the same text gives the same bits
// alone and in any batch.
//
// Thread-safety: forward() may be called from any thread; calls on one Encoder take turns. The encoder keeps
// the ModelFiles alive (tables may stay mapped) and is bound to its Device, which must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "engine/device.h"
#include "engine/packed_tokens.h"
#include "formats/model_files.h"

namespace rappel {

struct HeadRequest {
  bool dense = false;    // pooled and, when the model says so, L2-normalised
  bool sparse = false;   // relu(w.h + b) per token; needs sparse_linear
  bool colbert = false;  // L2-normalised rows for tokens 1.. of each text; needs colbert_linear
  bool logits = false;   // classification head
  bool hidden = false;   // last hidden state of every token, for tests and tools
  int dimensions = 0;    // keep the first n of dense and ColBERT rows before normalising; 0 = all
};

// Row-major; empty what was not asked for.
struct HeadOutputs {
  int dense_dim = 0;
  std::vector<float> dense;          // [texts, dense_dim]
  std::vector<float> token_weights;  // [tokens], >= 0; which ids count is the caller's business
  int colbert_dim = 0;
  std::vector<float> colbert;  // [tokens - texts, colbert_dim], text after text
  std::vector<float> logits;   // [texts]
  std::vector<float> hidden;   // [tokens, hidden]
};

struct EncoderOptions {
  WeightKind kind = WeightKind::kFloat32;
  std::size_t max_batch_tokens = 8192;  // forward() refuses more (kInvalidArgument)
  // Tokens of a batch for which the workspace is kept. A larger batch gets one for its own pass, which is
  // given back behind it. 0 = max_batch_tokens.
  std::size_t standing_tokens = 0;
  // Where memory is short for that, the half and so on are tried down to this. 0: that is an error.
  std::size_t least_standing_tokens = 0;
};

class Encoder {
 public:
  // Uploads the weights. Errors name the tensor (wrong or missing shape), or say that the device lacks the
  // weight kind.
  static Result<std::unique_ptr<Encoder>> load(std::shared_ptr<const ModelFiles> files, Device& device,
                                               const EncoderOptions& options);
  ~Encoder();

  const ModelConfig& config() const;
  std::size_t standing_tokens() const;  // as there was memory for
  bool has_sparse() const;
  bool has_colbert() const;

  Status forward(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);

 private:
  struct Impl;
  explicit Encoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
