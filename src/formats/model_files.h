// ModelFiles: a model folder, as published, opened as typed configuration and named views of tensor bytes.
//
// Nothing is copied and nothing is executed: safetensors files and the stored members of PyTorch zip files are mapped, and
// the pickle inside a .bin/.pt is read by a data-only unpickler (formats/torch_zip.h). A TensorView lives as long as the
// ModelFiles it came from. Immutable after open; any number of threads may read it.
//
// Everything in the files is taken as hostile: sizes are checked against the file before anything is allocated, and each
// error names the file, and where it applies the tensor and the shape that was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace rappel {

enum class DType { kF32, kF16, kBF16, kI64, kOther };
std::size_t dtype_size(DType type);
const char* dtype_name(DType type);

// Row-major, little-endian, contiguous.
struct TensorView {
  std::string name;
  DType dtype = DType::kOther;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::string file;  // for messages

  std::size_t elements() const;
  // Converts to float32. `out` has elements() places. Only f32, f16 and bf16.
  void to_float(std::span<float> out) const;
};

enum class Family { kXlmRoberta, kBert };
enum class Pooling { kCls, kMean };

// What the model is for, from the heads that its files hold.
enum class HeadKind {
  kEmbedding,        // dense vectors; with sparse/colbert when those tensors are present
  kClassification,   // one logit per pair: a reranker
};

// config.json and the sentence-transformers files beside it. Defaults are those of the reference libraries.
struct ModelConfig {
  Family family = Family::kBert;
  HeadKind head = HeadKind::kEmbedding;
  int hidden = 0;
  int layers = 0;
  int heads = 0;
  int intermediate = 0;
  int vocabulary = 0;
  int max_positions = 0;      // rows of the position table
  int type_vocabulary = 0;
  float layer_norm_eps = 1e-12f;
  int pad_token_id = 0;
  int position_offset = 0;    // position of the first token: 0 for BERT, pad_token_id + 1 for XLM-RoBERTa
  Pooling pooling = Pooling::kCls;   // from 1_Pooling/config.json (by modules.json); kCls when there is none
  bool normalize = true;             // BGE and sentence-transformers' Normalize module
  int max_length = 0;         // tokens, specials included: the least of positions, sentence_bert_config, tokenizer_config
  std::string query_prefix;   // prepended to queries (config_sentence_transformers.json prompts), often empty
  std::string document_prefix;
};

class ModelFiles {
 public:
  // `folder` holds config.json, tokenizer.json and the weights (model.safetensors, sharded safetensors by index file, or
  // pytorch_model.bin), for BGE-M3 also sparse_linear.pt and colbert_linear.pt.
  static Result<std::shared_ptr<const ModelFiles>> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& tokenizer_path() const { return tokenizer_; }
  const ModelConfig& config() const { return config_; }

  // Tensors under canonical names: the encoder's without a "bert." / "roberta." / "model." prefix, so
  // "embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight", "pooler.dense.weight",
  // "classifier.dense.weight", "classifier.out_proj.weight", "classifier.weight", and of the BGE-M3 heads
  // "sparse_linear.weight", "sparse_linear.bias", "colbert_linear.weight", "colbert_linear.bias".
  const TensorView* find(const std::string& name) const;
  // The tensor, checked against the shape; the error names file, tensor, both shapes.
  Result<TensorView> tensor(const std::string& name, const std::vector<std::int64_t>& shape) const;
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

  // A short hex digest of config and of the weights' names, shapes, sizes and sampled bytes: equal files give equal
  // identities without reading 2 GB. Stored with the data that a model produced.
  const std::string& identity() const { return identity_; }

 private:
  friend class ModelFilesBuilder;
  ModelFiles() = default;
  std::filesystem::path folder_;
  std::filesystem::path tokenizer_;
  ModelConfig config_;
  std::map<std::string, TensorView> tensors_;
  std::vector<std::shared_ptr<const void>> mappings_;  // keeps the bytes of the views alive
  std::string identity_;
};

}  // namespace rappel
