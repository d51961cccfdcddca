#include "server/ollama/ollama_models.h"

#include <fmt/format.h>

#include <utility>

#include "codec/sha256.h"
#include "embed/token_level.h"
#include "server/http/json_writer.h"
#include "server/input/model_names.h"

namespace rappel {
namespace {

std::string parameter_text(std::size_t count) {
  const auto number = static_cast<double>(count);
  if (number >= 1e9) return fmt::format("{:.1f}B", number / 1e9);
  return number >= 1e6 ? fmt::format("{:.2f}M", number / 1e6) : fmt::format("{:.2f}K", number / 1e3);
}

std::string_view quantization_of(std::string_view precision) {
  if (precision == "half") return "F16";
  if (precision == "bfloat16") return "BF16";
  return precision == "int8" || precision == "w8a16" ? "Q8_0" : "F32";
}

// Clients compare architectures with these, and show the rest.
void write_details(JsonWriter& out, const OllamaModel& model) {
  out.begin_object().key("parent_model").string("").key("format").string("safetensors");
  out.key("family").string("bert").key("families").begin_array().string("bert").end_array();
  out.key("parameter_size").string(model.parameters).key("quantization_level").string(model.quantization);
  out.key("context_length").integer(static_cast<std::int64_t>(model.context_length));
  out.key("embedding_length").integer(model.embedding_length).end_object();
}

void write_capabilities(JsonWriter& out) { out.begin_array().string("embedding").end_array(); }

void write_listed(JsonWriter& out, const OllamaModel& model, const std::string& name) {
  out.begin_object().key("name").string(name).key("model").string(name);
  out.key("modified_at")
      .string(model.modified_at)
      .key("size")
      .integer(static_cast<std::int64_t>(model.bytes));
  out.key("digest").string(model.digest);
  write_details(out.key("details"), model);
  write_capabilities(out.key("capabilities"));
  out.end_object();
}

}  // namespace

OllamaModel ollama_model_of(const Embedder& embedder, std::string started_at) {
  const ModelIdentity& identity = embedder.identity();
  OllamaModel model{shown_model_name(identity.name), sha256_hex(identity.name + "\n" + identity.revision),
                    std::move(started_at), embedder.max_length(), identity.dimension};
  if (const TokenLevel* local = token_level(embedder)) {
    const LocalWeights weights = local->weights();
    model.bytes = weights.bytes;
    model.parameters = parameter_text(weights.parameters);
    model.quantization = quantization_of(weights.precision);
  }
  return model;
}

std::string ollama_name(std::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1)) + ":latest";
}

std::string ollama_tags_json(const OllamaModel& model) {
  JsonWriter out;
  out.begin_object().key("models").begin_array();
  write_listed(out, model, ollama_name(model.name));
  // Some clients look for the name as their users typed it.
  if (model.name.find('/') != std::string::npos) write_listed(out, model, model.name);
  return out.end_array().end_object().take();
}

std::string ollama_ps_json(const OllamaModel* model) {
  JsonWriter out;
  out.begin_object().key("models").begin_array();
  if (model) {
    const std::string name = ollama_name(model->name);
    out.begin_object().key("name").string(name).key("model").string(name).key("size").integer(
        static_cast<std::int64_t>(model->bytes));
    out.key("digest").string(model->digest);
    write_details(out.key("details"), *model);
    out.key("expires_at").string("2318-01-01T00:00:00Z").key("size_vram").integer(0);
    out.key("context_length").integer(static_cast<std::int64_t>(model->context_length)).end_object();
  }
  return out.end_array().end_object().take();
}

std::string ollama_show_json(const OllamaModel& model) {
  JsonWriter out;
  out.begin_object();
  for (const char* text : {"modelfile", "parameters", "template"}) out.key(text).string("");
  write_details(out.key("details"), model);
  out.key("model_info").begin_object().key("general.architecture").string("bert");
  out.key("bert.context_length").integer(static_cast<std::int64_t>(model.context_length));
  out.key("bert.embedding_length").integer(model.embedding_length).end_object();
  write_capabilities(out.key("capabilities"));
  return out.key("modified_at").string(model.modified_at).end_object().take();
}

}  // namespace rappel
