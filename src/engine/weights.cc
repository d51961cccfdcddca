#include "engine/weights.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "formats/finite.h"

namespace rappel {
namespace {

// Uploads the tensors of a model by name. After the first error it does nothing and keeps the error.
class Uploader {
 public:
  Uploader(const ModelFiles& files, Device& device, WeightKind kind)
      : files_(files), device_(device), kind_(kind) {}

  std::unique_ptr<Table> table(const std::string& name, int rows, int columns) {
    const TensorView view = tensor(name, {rows, columns});
    return status_.ok() ? keep(device_.upload_table(view)) : nullptr;
  }

  std::unique_ptr<Norm> norm(const std::string& name) {
    const int hidden = files_.config().hidden;
    const TensorView scale = numbers(name + ".weight", {hidden}), shift = numbers(name + ".bias", {hidden});
    return status_.ok() ? keep(device_.upload_norm(scale, shift, files_.config().layer_norm_eps)) : nullptr;
  }

  // Typical magnitude of each column of the LayerNorm's output, which scales and shifts values of mean 0 and
  // variance 1.
  std::vector<float> sizes(const std::string& norm) {
    const int hidden = files_.config().hidden;
    const TensorView scale = tensor(norm + ".weight", {hidden}), shift = tensor(norm + ".bias", {hidden});
    if (!status_.ok()) return {};
    std::vector<float> sizes(static_cast<std::size_t>(hidden)), shifts(sizes.size());
    scale.to_float(sizes);
    shift.to_float(shifts);
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = std::hypot(sizes[i], shifts[i]);
    return sizes;
  }

  // `outputs`: per named part. `sizes`: of the inputs, see Device::upload_linear.
  std::unique_ptr<Linear> linear(std::initializer_list<std::string> names, int inputs, int outputs,
                                 std::span<const float> sizes = {}) {
    std::vector<LinearPart> parts;
    for (const std::string& name : names)
      parts.push_back({numbers(name + ".weight", {outputs, inputs}), numbers(name + ".bias", {outputs})});
    if (!status_.ok()) return nullptr;
    std::unique_ptr<Linear> linear = keep(device_.upload_linear(parts, kind_, sizes));
    // From now on only the packed copy is read. Releasing the pages per layer keeps peak memory low.
    for (const LinearPart& part : parts) part.weight.release();
    return linear;
  }

  void set_kind(WeightKind kind) { kind_ = kind; }
  const Status& status() const { return status_; }

 private:
  TensorView tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
    return keep(files_.tensor(name, shape));
  }

  // A tensor that is read whole here. A quantized NaN would become a number.
  TensorView numbers(const std::string& name, const std::vector<std::int64_t>& shape) {
    TensorView view = tensor(name, shape);
    if (status_.ok() && !is_finite(view))
      status_ = Status(Code::kCorrupt, view.file + ": tensor " + name +
                                           " holds NaN or infinity; the file is damaged: download it again")
                    .with_id("model-damaged");
    return view;
  }

  template <class T>
  T keep(Result<T> result) {
    if (result.ok()) return std::move(result).value();
    if (status_.ok()) status_ = result.status();
    return T();
  }

  const ModelFiles& files_;
  Device& device_;
  WeightKind kind_;
  Status status_;
};

LayerWeights upload_layer(Uploader& upload, const ModelConfig& config, int index) {
  const std::string layer = "encoder.layer." + std::to_string(index) + ".";
  const std::string self = layer + "attention.self.";
  const std::string before = index == 0 ? "embeddings.LayerNorm"
                                        : "encoder.layer." + std::to_string(index - 1) + ".output.LayerNorm";
  LayerWeights weights;
  weights.query_key_value = upload.linear({self + "query", self + "key", self + "value"}, config.hidden,
                                          config.hidden, upload.sizes(before));
  weights.attention_out = upload.linear({layer + "attention.output.dense"}, config.hidden, config.hidden);
  weights.attention_norm = upload.norm(layer + "attention.output.LayerNorm");
  weights.up = upload.linear({layer + "intermediate.dense"}, config.hidden, config.intermediate,
                             upload.sizes(layer + "attention.output.LayerNorm"));
  weights.down = upload.linear({layer + "output.dense"}, config.intermediate, config.hidden);
  weights.output_norm = upload.norm(layer + "output.LayerNorm");
  return weights;
}

void upload_heads(Uploader& upload, const ModelFiles& files, EncoderWeights& weights) {
  const ModelConfig& config = files.config();
  if (config.head == HeadKind::kClassification) {
    const bool bert = config.family == Family::kBert;
    weights.classify_dense =
        upload.linear({bert ? "pooler.dense" : "classifier.dense"}, config.hidden, config.hidden);
    weights.classify_out = upload.linear({bert ? "classifier" : "classifier.out_proj"}, config.hidden, 1);
    return;
  }
  if (files.find("sparse_linear.weight")) weights.sparse = upload.linear({"sparse_linear"}, config.hidden, 1);
  if (const TensorView* colbert = files.find("colbert_linear.weight"); colbert && !colbert->shape.empty())
    weights.colbert = upload.linear({"colbert_linear"}, config.hidden, static_cast<int>(colbert->shape[0]));
}

}  // namespace

Result<EncoderWeights> upload_weights(const ModelFiles& files, Device& device, WeightKind kind) {
  const ModelConfig& config = files.config();
  if (!device.supports(kind))
    return Status(Code::kUnsupported, "device \"" + device.info().name + "\" has no " +
                                          weight_kind_name(kind) + " weights; choose another precision");
  Uploader upload(files, device, kind);
  EncoderWeights weights;
  weights.words = upload.table("embeddings.word_embeddings.weight", config.vocabulary, config.hidden);
  weights.positions =
      upload.table("embeddings.position_embeddings.weight", config.max_positions, config.hidden);
  weights.types =
      upload.table("embeddings.token_type_embeddings.weight", config.type_vocabulary, config.hidden);
  weights.embedding_norm = upload.norm("embeddings.LayerNorm");
  for (int i = 0; i < config.layers && upload.status().ok(); ++i)
    weights.layers.push_back(upload_layer(upload, config, i));
  // The heads are small and produce the final values: always float32.
  upload.set_kind(WeightKind::kFloat32);
  upload_heads(upload, files, weights);
  RAPPEL_TRY(upload.status());
  return weights;
}

WeightKind Device::form_of(WeightKind kind) const {
  if (supports(kind)) return kind;
  if (kind == WeightKind::kTf32) return WeightKind::kFloat32;
  return kind == WeightKind::kBfloat16 ? WeightKind::kHalf : kind;
}

const char* weight_kind_name(WeightKind kind) {
  switch (kind) {
    case WeightKind::kFloat32: return "float32";
    case WeightKind::kTf32: return "tf32";
    case WeightKind::kHalf: return "half";
    case WeightKind::kBfloat16: return "bfloat16";
    case WeightKind::kInt8: return "int8";
    case WeightKind::kW8A16: return "w8a16";
  }
  return "unknown";
}

}  // namespace rappel
