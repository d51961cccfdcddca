#include "formats/model_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/os/file.h"
#include "codec/json.h"
#include "codec/sha256.h"
#include "formats/safetensors.h"
#include "formats/torch_zip.h"
#include "text/tokenizer_settings.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxJson = 1u << 20;
constexpr std::size_t kMaxShards = 256;
constexpr const char* kPullHint = "; `rappel model pull NAME` fetches a complete model";
constexpr std::string_view kLfsPointer = "version https://git-lfs";

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string canonical_name(std::string name) {
  for (const std::string_view prefix : {"bert.", "roberta.", "model."}) {
    if (!name.starts_with(prefix)) continue;
    name.erase(0, prefix.size());
    break;
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOldNames = {
      {{"LayerNorm.gamma", "weight"}, {"LayerNorm.beta", "bias"}}};
  for (const auto& [old_name, now] : kOldNames)
    if (name.ends_with(old_name)) name.replace(name.rfind('.') + 1, std::string::npos, now);
  return name;
}

std::string head_name(const std::string& head, std::string name) {
  constexpr std::string_view kParallel = "module.";
  if (name.starts_with(kParallel)) name.erase(0, kParallel.size());
  return head + name;
}

// Float32 numbers instead of float64 ones, as PyTorch narrows them.
void narrow(TensorView& view) {
  auto numbers = std::make_shared<std::vector<float>>(view.elements());
  view.to_float(*numbers);
  view.dtype = DType::kF32;
  view.bytes = std::as_bytes(std::span(*numbers));
  view.mapping = nullptr;
  view.owner = std::move(numbers);
}

// The whole of a small tensor, else four pieces of it.
void hash_sample(std::span<const std::byte> bytes, Sha256& hash) {
  constexpr std::size_t kPiece = 64;
  constexpr std::size_t kPieces = 4;
  if (bytes.size() <= kPiece * kPieces) return hash.update(bytes);
  for (std::size_t i = 0; i < kPieces; ++i)
    hash.update(bytes.subspan((bytes.size() - kPiece) / (kPieces - 1) * i, kPiece));
}

std::string config_text(const ModelConfig& c) {
  std::string text;
  for (const int number : {static_cast<int>(c.family), static_cast<int>(c.head), c.hidden, c.layers, c.heads,
                           c.intermediate, c.vocabulary, c.max_positions, c.type_vocabulary, c.pad_token_id,
                           static_cast<int>(c.pooling), static_cast<int>(c.normalize), c.max_length})
    text += std::to_string(number) + " ";
  text += std::to_string(static_cast<int>(c.layer_norm_eps * 1e15f)) + "\n";
  return text + c.query_prefix + '\0' + c.document_prefix + '\0';
}

std::string hex_digits(Sha256& hash) {
  constexpr std::size_t kDigits = 16;
  return hash.finish_hex().substr(0, kDigits);
}

// The small files of a model folder.
class FolderReader {
 public:
  explicit FolderReader(const fs::path& folder) : folder_(folder) {}

  // `head`: what the tensors say, where that is known.
  Result<ModelConfig> config(std::optional<HeadKind> head = {}) const {
    std::error_code ignored;
    if (!fs::is_directory(folder_, ignored))
      return Status(Code::kNotFound, "no model folder at " + folder_.string() + kPullHint);
    auto config =
        read_model_config([this](const std::string& path) { return read_text(path); },
                          [this](const std::string& path) { return present(folder_ / path); }, head);
    if (!config) return describe(config.status());
    return config;
  }

  // Adds what the tokenizer's files say. A tokenizer.json that cannot be read is left to Tokenizer::load;
  // `changes` receives TokenizerFacts::changes.
  Status add_tokenizer(ModelConfig& config, std::string& changes) const {
    const auto loaded = load_tokenizer_file(folder_ / config.encoder_folder / "tokenizer.json");
    if (!loaded.ok()) return {};
    const TokenizerFacts& facts = loaded->facts;
    config.notes.insert(config.notes.end(), facts.notes.begin(), facts.notes.end());
    changes = facts.changes;
    if (config.lower_text && !facts.lowers)
      return describe(
          Status(Code::kUnsupported,
                 "sentence_bert_config.json: do_lower_case with a tokenizer that keeps case is not "
                 "supported"));
    if (config.head == HeadKind::kClassification && facts.token_types > config.type_vocabulary)
      return describe(Status(
          Code::kCorrupt,
          "tokenizer.json gives a pair " + std::to_string(facts.token_types) +
              " token types, but config.json has type_vocab_size " + std::to_string(config.type_vocabulary) +
              "; leave \"token_type_ids\" out of model_input_names in tokenizer_config.json"));
    return {};
  }

  Status describe(const Status& status) const {
    const Status described = status.with_context(folder_.string());
    if (status.code() != Code::kNotFound) return described;
    return Status(described.code(), described.message() + kPullHint, described.cause());
  }

 private:
  Result<std::optional<std::string>> read_text(const std::string& path) const {
    auto text = read_file(folder_ / path, kMaxJson);
    if (text) return std::optional(std::move(*text));
    if (text.status().code() == Code::kNotFound) return std::optional<std::string>();
    return text.status();
  }

  fs::path folder_;
};

}  // namespace

class ModelFilesBuilder {
 public:
  explicit ModelFilesBuilder(const fs::path& folder) : reader_(folder), root_(folder), folder_(folder) {}

  Result<std::shared_ptr<const ModelFiles>> build() {
    RAPPEL_ASSIGN(files_->config_, reader_.config());
    const HeadKind head = files_->config_.head;
    if (!files_->config_.encoder_folder.empty()) folder_ = root_ / files_->config_.encoder_folder;
    files_->folder_ = root_;
    RAPPEL_TRY(find_tokenizer());
    RAPPEL_TRY(load_weights());
    RAPPEL_TRY(settle_head());
    if (files_->config_.head != head) {
      RAPPEL_ASSIGN(files_->config_, reader_.config(files_->config_.head));
    }
    RAPPEL_TRY(reader_.add_tokenizer(files_->config_, tokenizer_changes_));
    RAPPEL_TRY(check_tables());
    RAPPEL_TRY(make_identity());
    RAPPEL_TRY(files_->check());
    return std::shared_ptr<const ModelFiles>(files_);
  }

 private:
  Status find_tokenizer() {
    files_->tokenizer_ = folder_ / "tokenizer.json";
    if (present(files_->tokenizer_)) return {};
    std::string instead;
    for (const char* other : {"sentencepiece.bpe.model", "vocab.txt", "spiece.model"})
      if (instead.empty() && present(folder_ / other)) instead = other;
    std::string message = folder_.string() + ": tokenizer.json is missing";
    if (!instead.empty())
      message += " and " + instead +
                 " alone is not supported; the model's repository usually has tokenizer.json, else "
                 "transformers writes it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)";
    return Status(Code::kNotFound, message + kPullHint);
  }

  Status load_weights() {
    if (present(folder_ / "model.safetensors")) return load(folder_ / "model.safetensors");
    if (present(folder_ / "model.safetensors.index.json")) return load_shards("model.safetensors.index.json");
    if (present(folder_ / "pytorch_model.bin")) return load(folder_ / "pytorch_model.bin");
    if (present(folder_ / "pytorch_model.bin.index.json")) return load_shards("pytorch_model.bin.index.json");
    return Status(Code::kNotFound, folder_.string() +
                                       ": the weights are missing (looked for model.safetensors, "
                                       "model.safetensors.index.json, pytorch_model.bin, "
                                       "pytorch_model.bin.index.json)" +
                                       kPullHint);
  }

  // Adds the tensors of one file; `head` ("sparse_linear.") goes before the names of a head's.
  Status load(const fs::path& path, const std::string& head = {}) {
    RAPPEL_ASSIGN(auto mapped, MappedFile::open(path));
    const std::string_view text(reinterpret_cast<const char*>(mapped->bytes().data()),
                                mapped->bytes().size());
    if (text.starts_with(kLfsPointer))
      return Status(
          Code::kCorrupt,
          path.string() + ": is a Git LFS pointer, not the weights; run `git lfs pull` there" + kPullHint);
    auto views = path.extension() == ".safetensors" ? read_safetensors(mapped->bytes(), path.string())
                                                    : read_torch_zip(mapped->bytes(), path.string());
    if (!views) return views.status();
    for (TensorView& view : *views) {
      if (view.owner == nullptr) view.mapping = mapped.get();
      if (view.dtype == DType::kF64) narrow(view);
      view.name = head.empty() ? canonical_name(std::move(view.name)) : head_name(head, std::move(view.name));
      std::string name = view.name;
      const auto [it, added] = files_->tensors_.emplace(std::move(name), std::move(view));
      if (!added)
        return Status(Code::kCorrupt, path.string() + ": tensor " + printable(it->first) + " is also in " +
                                          it->second.file + " or twice here under two prefixes");
    }
    files_->mappings_.push_back(std::move(mapped));
    return {};
  }

  // {"weight_map": {tensor: file}}: every file that it names, and in it the tensors that it promises.
  Status load_shards(const std::string& index) {
    RAPPEL_ASSIGN(const std::string text, read_file(folder_ / index, kMaxJson));
    const std::string name = (folder_ / index).string();
    const auto json = parse_json(text);
    if (!json) return Status(Code::kCorrupt, name + ": " + json.status().message());
    const auto map = json->is_object() ? json->find("weight_map") : json->end();
    if (!json->is_object() || map == json->end() || !map->is_object())
      return Status(Code::kCorrupt, name + ": has no weight_map");
    const std::string suffix = index.starts_with("model.") ? ".safetensors" : ".bin";
    std::set<std::string> shards;
    for (const auto& [tensor, file] : map->items()) {
      const std::string shard = file.is_string() ? file.get<std::string>() : "";
      if (!shard.ends_with(suffix) || shard.find('/') != std::string::npos ||
          shard.find('\0') != std::string::npos)
        return Status(Code::kCorrupt,
                      name + ": tensor " + printable(tensor) + " is in no file of this folder");
      shards.insert(shard);
    }
    if (shards.size() > kMaxShards) return Status(Code::kResourceExhausted, name + ": names too many files");
    for (const std::string& shard : shards) {
      if (!present(folder_ / shard))
        return reader_.describe(Status(Code::kNotFound, "shard " + printable(shard) + " is missing"));
      RAPPEL_TRY(load(folder_ / shard));
    }
    for (const auto& [tensor, file] : map->items()) {
      const TensorView* view = files_->find(canonical_name(tensor));
      if (view == nullptr || view->file != (folder_ / file.get<std::string>()).string())
        return Status(Code::kCorrupt, name + ": tensor " + printable(tensor) + " is not in " +
                                          printable(file.get<std::string>()));
    }
    return {};
  }

  // Takes the head from the tensors, and loads the head files of an embedder.
  Status settle_head() {
    ModelConfig& config = files_->config_;
    const char* const logits =
        config.family == Family::kBert ? "classifier.weight" : "classifier.out_proj.weight";
    const TensorView* classifier = files_->find(logits);
    if (classifier != nullptr) config.head = HeadKind::kClassification;
    if (config.head == HeadKind::kClassification) {
      if (classifier == nullptr)
        return Status(Code::kCorrupt, folder_.string() +
                                          ": config.json names a classification model, but tensor " + logits +
                                          " is missing");
      if (classifier->shape.size() != 2 || classifier->shape[0] != 1)
        return Status(Code::kUnsupported,
                      classifier->file + ": " + logits + " has shape " + shape_text(classifier->shape) +
                          ", a reranker has one row [1, " + std::to_string(config.hidden) + "]");
      return {};
    }
    for (const char* head : {"sparse_linear", "colbert_linear"}) {
      const fs::path file = root_ / (std::string(head) + ".pt");
      if (present(file)) RAPPEL_TRY(load(file, std::string(head) + "."));
    }
    return {};
  }

  Status check_tables() const {
    const ModelConfig& config = files_->config_;
    RAPPEL_TRY(check_layers());
    RAPPEL_TRY(
        files_->tensor("embeddings.word_embeddings.weight", {config.vocabulary, config.hidden}).status());
    return files_->tensor("embeddings.position_embeddings.weight", {config.max_positions, config.hidden})
        .status();
  }

  // No layer beyond those that config.json names: the model would give other vectors than its authors meant.
  Status check_layers() const {
    constexpr std::string_view kLayer = "encoder.layer.";
    for (const auto& [name, view] : files_->tensors_) {
      if (!name.starts_with(kLayer)) continue;
      int index = 0;
      const char* const end = name.data() + name.size();
      const auto number = std::from_chars(name.data() + kLayer.size(), end, index);
      if (number.ec == std::errc::invalid_argument || number.ptr == end || *number.ptr != '.') continue;
      if (number.ec == std::errc() && index < files_->config_.layers) continue;
      return Status(Code::kCorrupt, view.file + ": has tensor " + printable(name) +
                                        ", but config.json has num_hidden_layers " +
                                        std::to_string(files_->config_.layers) +
                                        "; the files do not belong together");
    }
    return {};
  }

  Status make_identity() {
    Sha256 hash, weights;
    hash.update(config_text(files_->config_));
    RAPPEL_ASSIGN(const auto tokenizer, MappedFile::open(files_->tokenizer_));
    hash.update(tokenizer->bytes());
    RAPPEL_TRY(tokenizer->check());
    hash.update(tokenizer_changes_);
    for (const auto& [name, view] : files_->tensors_)
      for (Sha256* one : {&hash, &weights}) {
        one->update(name + " " + dtype_name(view.dtype) + " " + shape_text(view.shape) + "\n");
        hash_sample(view.bytes, *one);
      }
    files_->identity_ = hex_digits(hash);
    files_->weights_identity_ = hex_digits(weights);
    return {};
  }

  FolderReader reader_;
  fs::path root_;
  fs::path folder_;  // of the encoder's files
  std::string tokenizer_changes_;
  std::shared_ptr<ModelFiles> files_{new ModelFiles};
};

Result<ModelConfig> read_model_folder(const fs::path& folder) {
  const FolderReader reader(folder);
  auto config = reader.config();
  if (!config.ok()) return model_fault(config.status());
  std::string ignored;
  if (const Status status = reader.add_tokenizer(*config, ignored); !status.ok()) return model_fault(status);
  return config;
}

Result<std::shared_ptr<const ModelFiles>> ModelFiles::open(const fs::path& folder) {
  return model_fault(ModelFilesBuilder(folder).build());
}

Status ModelFiles::check() const {
  for (const auto& mapping : mappings_) RAPPEL_TRY(model_fault(mapping->check()));
  return {};
}

Status model_fault(Status status) {
  if (status.code() == Code::kNotFound) return std::move(status).with_id("model-missing");
  if (status.code() == Code::kCorrupt) return std::move(status).with_id("model-damaged");
  return status;
}

const TensorView* ModelFiles::find(const std::string& name) const {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

Result<TensorView> ModelFiles::tensor(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const TensorView* view = find(name);
  if (view == nullptr)
    return Status(Code::kNotFound, folder_.string() + ": tensor " + name + " of shape " + shape_text(shape) +
                                       " is missing; the weights do not belong to this config.json")
        .with_id("model-damaged");
  if (view->shape != shape)
    return Status(Code::kCorrupt, view->file + ": tensor " + name + " has shape " + shape_text(view->shape) +
                                      ", " + shape_text(shape) + " was expected from config.json")
        .with_id("model-damaged");
  if (view->dtype != DType::kF32 && view->dtype != DType::kF16 && view->dtype != DType::kBF16)
    return Status(Code::kUnsupported, view->file + ": tensor " + name + " is of type " +
                                          dtype_name(view->dtype) + "; f64, f32, f16 and bf16 are supported");
  return *view;
}

}  // namespace rappel
