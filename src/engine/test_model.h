// Writes a model folder with random weights of any size and CLS pooling for tests: config.json,
// model.safetensors (float32), tokenizer.json, 1_Pooling/config.json.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "formats/model_files.h"

namespace rappel {

struct TestModel {
  Family family = Family::kXlmRoberta;
  bool classifier = false;
  bool bge_m3_heads = false;
  int hidden = 40, layers = 2, heads = 5, intermediate = 72;
  int vocabulary = 50, positions = 8194, types = 2;
};

// Platform-independent pseudo-random numbers in [-1, 1).
class TestRandom {
 public:
  explicit TestRandom(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
  float next() { return static_cast<float>(bits() >> 8) * 0x1p-23f - 1.0f; }
  std::uint32_t below(std::uint32_t limit) { return (bits() >> 8) % limit; }
  std::vector<float> numbers(std::size_t count, float scale = 1.0f) {
    std::vector<float> values(count);
    for (float& value : values) value = next() * scale;
    return values;
  }

 private:
  std::uint32_t bits() { return state_ = state_ * 1664525u + 1013904223u; }
  std::uint32_t state_;
};

class TestModelWriter {
 public:
  explicit TestModelWriter(const TestModel& model) : model_(model) {
    add("embeddings.word_embeddings.weight", {model.vocabulary, model.hidden}, 1.0f);
    add("embeddings.position_embeddings.weight", {model.positions, model.hidden}, 0.5f);
    add("embeddings.token_type_embeddings.weight", {model.types, model.hidden}, 0.5f);
    norm("embeddings.LayerNorm");
    for (int i = 0; i < model.layers; ++i) {
      const std::string layer = "encoder.layer." + std::to_string(i) + ".";
      for (const char* part : {"query", "key", "value"})
        linear(layer + "attention.self." + part, model.hidden, model.hidden);
      linear(layer + "attention.output.dense", model.hidden, model.hidden);
      norm(layer + "attention.output.LayerNorm");
      linear(layer + "intermediate.dense", model.hidden, model.intermediate);
      linear(layer + "output.dense", model.intermediate, model.hidden);
      norm(layer + "output.LayerNorm");
    }
    const bool bert = model.family == Family::kBert;
    if (model.classifier) {
      linear(bert ? "pooler.dense" : "classifier.dense", model.hidden, model.hidden);
      linear(bert ? "classifier" : "classifier.out_proj", model.hidden, 1);
    }
    if (model.bge_m3_heads) {
      linear("sparse_linear", model.hidden, 1);
      linear("colbert_linear", model.hidden, model.hidden);
    }
  }

  void drop(const std::string& name) { tensors_.erase(name); }
  void add(const std::string& name, std::vector<int> shape, float scale, float offset = 0) {
    std::size_t count = 1;
    for (const int dimension : shape) count *= static_cast<std::size_t>(dimension);
    std::vector<float> values = random_.numbers(count, scale);
    for (float& value : values) value += offset;
    tensors_[name] = {std::move(shape), std::move(values)};
  }

  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    const bool bert = model_.family == Family::kBert;
    const std::string kind = std::string(bert ? "Bert" : "XLMRoberta") +
                             (model_.classifier ? "ForSequenceClassification" : "Model");
    const Json config = {{"model_type", bert ? "bert" : "xlm-roberta"},
                         {"architectures", {kind}},
                         {"hidden_size", model_.hidden},
                         {"num_hidden_layers", model_.layers},
                         {"num_attention_heads", model_.heads},
                         {"intermediate_size", model_.intermediate},
                         {"vocab_size", model_.vocabulary},
                         {"max_position_embeddings", model_.positions},
                         {"type_vocab_size", model_.types},
                         {"layer_norm_eps", 1e-5},
                         {"hidden_act", "gelu"},
                         {"pad_token_id", bert ? 0 : 1},
                         {"num_labels", 1}};
    std::ofstream(folder / "config.json") << config.dump();
    std::ofstream(folder / "tokenizer.json") << "{}";
    std::filesystem::create_directory(folder / "1_Pooling");
    std::ofstream(folder / "1_Pooling" / "config.json") << R"({"pooling_mode":"cls"})";
    Json header = Json::object();
    std::string bytes;
    for (const auto& [name, tensor] : tensors_) {
      const std::size_t size = tensor.second.size() * sizeof(float);
      header[name] = {
          {"dtype", "F32"}, {"shape", tensor.first}, {"data_offsets", {bytes.size(), bytes.size() + size}}};
      bytes.append(reinterpret_cast<const char*>(tensor.second.data()), size);
    }
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    std::ofstream out(folder / "model.safetensors", std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << text << bytes;
  }

 private:
  void linear(const std::string& name, int inputs, int outputs) {
    add(name + ".weight", {outputs, inputs}, 2.0f / std::sqrt(static_cast<float>(inputs)));
    add(name + ".bias", {outputs}, 0.3f);
  }
  void norm(const std::string& name) {
    add(name + ".weight", {model_.hidden}, 0.3f, 1.0f);
    add(name + ".bias", {model_.hidden}, 0.3f);
  }

  TestModel model_;
  TestRandom random_{7};
  std::map<std::string, std::pair<std::vector<int>, std::vector<float>>> tensors_;
};

// Writes the folder and opens it; fails the test on an error.
inline std::shared_ptr<const ModelFiles> test_model(const TestModel& model,
                                                    const std::filesystem::path& folder) {
  TestModelWriter(model).write(folder);
  return std::move(ModelFiles::open(folder)).value();
}

}  // namespace rappel
