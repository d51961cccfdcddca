// ModelFiles: a model folder, as published, opened as typed configuration and named views of tensor bytes.
//
// Nothing is executed: safetensors files and the stored members of PyTorch zip files are mapped, and the
// pickle inside a .bin/.pt is read by a data-only unpickler (formats/unpickler.h). Nothing is copied but
// float64 tensors, which become float32, and tensors that are not stored row by row. A TensorView lives as
// long as the ModelFiles it came from. Immutable after open; any number of threads may read it. If a file is
// truncated or rewritten in place while it is mapped, the views show zeros or other numbers, and check()
// fails from then on.
//
// Everything in the files is taken as hostile: sizes are checked against the file before anything is
// allocated, and each error names the file, and where it applies the tensor and the shape that was expected.
// formats/model_config.h describes the meaning of the JSON files, text/tokenizer_settings.h that of the
// tokenizer's files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "formats/model_config.h"
#include "formats/tensor_view.h"

namespace rappel {

// The configuration of a model folder with the notes on all its small files, without looking at the weights.
Result<ModelConfig> read_model_folder(const std::filesystem::path& folder);

class ModelFiles {
 public:
  // `folder` holds, in the folder of its Transformer module, config.json, tokenizer.json and the weights: the
  // first of model.safetensors, model.safetensors.index.json with its shards, pytorch_model.bin and
  // pytorch_model.bin.index.json with its shards. For BGE-M3 also sparse_linear.pt and colbert_linear.pt
  // (each optional). kNotFound says which file is missing where. The word and position tables are checked
  // against config.json; the caller checks the others by tensor().
  static Result<std::shared_ptr<const ModelFiles>> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& tokenizer_path() const { return tokenizer_; }
  const ModelConfig& config() const { return config_; }

  // Tensors under canonical names: the encoder's without a "bert." / "roberta." / "model." prefix, so
  // "embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight",
  // "pooler.dense.weight", "classifier.dense.weight", "classifier.out_proj.weight", "classifier.weight", and
  // of the BGE-M3 heads "sparse_linear.weight", "sparse_linear.bias", "colbert_linear.weight",
  // "colbert_linear.bias". LayerNorm's "gamma" and "beta" of old files are "weight" and "bias"; the "module."
  // of heads that were saved from a parallel training is left out.
  const TensorView* find(const std::string& name) const;
  // The tensor, checked against the shape and to be of a floating-point type that to_float() takes; the error
  // names file, tensor and both shapes, kNotFound the tensor that is missing.
  Result<TensorView> tensor(const std::string& name, const std::vector<std::int64_t>& shape) const;
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

  // 16 hex digits from the effective configuration, the tokenizer, and the tensors' names, types, shapes and
  // sampled bytes: equal models give equal identities without reading 2 GB, whatever container holds the
  // weights. Stored with the data that a model produced.
  const std::string& identity() const { return identity_; }
  // The same of the tensors alone: equal for one model's weights under different configurations.
  const std::string& weights_identity() const { return weights_identity_; }

  // kCorrupt, with the id model-damaged and the file's name, if a file of weights has changed since it was
  // opened. The code that has computed with the views asks this before it gives away the result.
  Status check() const;

 private:
  friend class ModelFilesBuilder;
  ModelFiles() = default;
  std::filesystem::path folder_;
  std::filesystem::path tokenizer_;
  ModelConfig config_;
  std::map<std::string, TensorView> tensors_;
  std::vector<std::shared_ptr<const MappedFile>> mappings_;  // keeps the bytes of the views alive
  std::string identity_, weights_identity_;
};

// The same failure with the id of what is wrong with the model's files, when it has none yet: model-missing
// for kNotFound, model-damaged for kCorrupt. For everything that reads a model folder.
Status model_fault(Status status);
template <class T>
Result<T> model_fault(Result<T> result) {
  return result.ok() ? std::move(result) : Result<T>(model_fault(result.status()));
}

}  // namespace rappel
