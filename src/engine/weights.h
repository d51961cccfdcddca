// EncoderWeights: the tensors of a model on a device, named by their role in the forward pass.
#pragma once

#include <memory>
#include <vector>

#include "base/status.h"
#include "engine/device.h"
#include "formats/model_files.h"

namespace rappel {

struct LayerWeights {
  std::unique_ptr<Linear> query_key_value;
  std::unique_ptr<Linear> attention_out;
  std::unique_ptr<Norm> attention_norm;
  std::unique_ptr<Linear> up;    // hidden -> intermediate
  std::unique_ptr<Linear> down;  // intermediate -> hidden
  std::unique_ptr<Norm> output_norm;
};

struct EncoderWeights {
  std::unique_ptr<Table> words, positions, types;
  std::unique_ptr<Norm> embedding_norm;
  std::vector<LayerWeights> layers;
  std::unique_ptr<Linear> sparse;          // BGE-M3's lexical weights, or null
  std::unique_ptr<Linear> colbert;         // BGE-M3's multi-vector rows, or null
  std::unique_ptr<Linear> classify_dense;  // then tanh; null for embedders
  std::unique_ptr<Linear> classify_out;    // one logit
};

// Errors name the file and the tensor. Norms and matrices that hold NaN or infinity are kCorrupt; of the
// tables, which are not read here, such rows show in the outputs. Tables may stay views: `files` must outlive
// the weights.
Result<EncoderWeights> upload_weights(const ModelFiles& files, Device& device, WeightKind kind);

}  // namespace rappel
