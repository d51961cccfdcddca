// Encoder: the weights of a model on a device, and the forward pass from packed tokens to the outputs of the
// heads.
//
// The forward pass is written once (encoder.cc) over the Device interface (device.h) and names no device and
// no weight kind. The tokens of all texts of a batch are concatenated without padding. The rows of a text do
// not depend on the rest of the batch: on one device and weight kind the same text gives the same bits alone
// and in any batch.
//
// Thread-safety: forward() may be called from any thread; calls on one Encoder run one after another. The
// encoder keeps the ModelFiles alive (tables may stay mapped); its Device must outlive it.
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
  bool dense = false;    // pooled and, if configured in the model, L2-normalized
  bool sparse = false;   // relu(w.h + b) per token; needs sparse_linear
  bool colbert = false;  // L2-normalized rows for tokens 1.. of each text; needs colbert_linear
  bool logits = false;   // classification head
  bool hidden = false;   // last hidden state of every token, for tests and tools
  int dimensions = 0;    // keep the first n of dense and ColBERT rows before normalization; 0: all
};

// Row-major; outputs that were not requested are empty.
struct HeadOutputs {
  int dense_dim = 0;
  std::vector<float> dense;          // [texts, dense_dim]
  std::vector<float> token_weights;  // [tokens], >= 0; the caller filters ids
  int colbert_dim = 0;
  std::vector<float> colbert;  // [tokens - texts, colbert_dim], in order of texts
  std::vector<float> logits;   // [texts]; NaN if the text's rows are not finite, which tanh would hide
  std::vector<float> hidden;   // [tokens, hidden]
};

struct EncoderOptions {
  WeightKind kind = WeightKind::kFloat32;
  std::size_t max_batch_tokens = 8192;  // forward() rejects more (kInvalidArgument)
  // Batch size, in tokens, of the permanent workspace. A larger batch gets a larger workspace for its pass,
  // which is released afterwards. 0: max_batch_tokens.
  std::size_t standing_tokens = 0;
  // If memory is short, the size is halved repeatedly down to this value. 0: fail instead.
  std::size_t least_standing_tokens = 0;
};

class Encoder {
 public:
  // Uploads the weights. Errors name the tensor (missing, or of the wrong shape) or say that the device lacks
  // the weight kind.
  static Result<std::unique_ptr<Encoder>> load(std::shared_ptr<const ModelFiles> files, Device& device,
                                               const EncoderOptions& options);
  ~Encoder();

  const ModelConfig& config() const;
  std::size_t standing_tokens() const;  // after any reduction for lack of memory
  bool has_sparse() const;
  bool has_colbert() const;

  // kCorrupt, with the file's name, if a file of the model has changed since it was opened
  // (ModelFiles::check).
  Status forward(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);

 private:
  struct Impl;
  explicit Encoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
