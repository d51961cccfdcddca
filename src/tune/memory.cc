#include "tune/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/os/file.h"
#include "base/units.h"
#include "formats/model_files.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

constexpr double kProgram = 36e6;           // the binary, its libraries, stacks, the store
constexpr double kTokenizerPerToken = 160;  // bytes for an entry of the vocabulary
constexpr double kScratch = 12e6;           // reduced activations, attention, heads
constexpr double kIntermediateRows = 512;   // rows that a layer computes at once on a CPU
constexpr std::size_t kStandingTokens = 2048;

double bytes_per_weight(WeightKind kind) {
  switch (kind) {
    case WeightKind::kFloat32:
    case WeightKind::kTf32: return 4;
    case WeightKind::kHalf:
    case WeightKind::kBfloat16: return 2;
    case WeightKind::kInt8:
    case WeightKind::kW8A16: return 1;
  }
  return 4;
}

// Published configurations of the default models: XLM-RoBERTa large.
std::optional<ModelConfig> known_config(const std::string& name) {
  if (!name.starts_with("BAAI/bge-m3") && !name.starts_with("BAAI/bge-reranker-v2-m3")) return std::nullopt;
  ModelConfig config;
  config.family = Family::kXlmRoberta;
  config.hidden = 1024;
  config.layers = 24;
  config.heads = 16;
  config.intermediate = 4096;
  config.vocabulary = 250002;
  config.max_positions = 8194;
  config.type_vocabulary = 1;
  config.max_length = 8192;
  return config;
}

// The precision of a model whose files are not there, so that it cannot be opened.
WeightKind kind_of(const std::string& precision, Runtime& runtime) {
  for (const WeightKind kind : kWeightKinds)
    if (precision == weight_kind_name(kind)) return kind;
  const auto report = runtime.cpu_report();
  return report.ok() ? report->preferred : WeightKind::kFloat32;
}

std::size_t largest_batch(const ModelSettings& settings, const ModelConfig& config, ModelPart part) {
  const std::size_t usual = part == ModelPart::kEmbedder ? kCpuMaxLength : kRerankMaxLength;
  const std::size_t longest = std::min(settings.max_length > 0 ? settings.max_length : usual,
                                       static_cast<std::size_t>(std::max(1, config.max_length)));
  return std::max(settings.batch_tokens > 0 ? settings.batch_tokens : kStandingTokens, longest);
}

int table_bytes_of(const ModelFiles& files) {
  const TensorView* words = files.find("embeddings.word_embeddings.weight");
  return words == nullptr ? 4 : static_cast<int>(dtype_size(words->dtype));
}

// None: the model is not there and of no known size.
std::optional<ModelMemory> memory_of(const ModelSettings& settings, ModelPart part, Runtime& runtime) {
  std::optional<ModelMemory> memory;
  const auto opened = runtime.open_model(settings, part);
  if (opened.ok()) {
    const ModelConfig& config = opened->files->config();
    memory = model_memory(config, opened->kind, largest_batch(settings, config, part),
                          table_bytes_of(*opened->files));
  } else if (const auto config = known_config(settings.name)) {
    memory = model_memory(*config, kind_of(settings.precision, runtime),
                          largest_batch(settings, *config, part), 4);
  }
  if (memory) memory->name = settings.name;
  return memory;
}

}  // namespace

ModelMemory model_memory(const ModelConfig& config, WeightKind kind, std::size_t tokens, int table_bytes) {
  const double hidden = config.hidden, inner = config.intermediate, rows = static_cast<double>(tokens);
  ModelMemory memory;
  memory.precision = weight_kind_name(kind);
  memory.weights = bytes_per_weight(kind) * config.layers * (4 * hidden * hidden + 2 * hidden * inner) +
                   4 * (hidden * hidden + config.layers * (9 * hidden + inner));  // heads, biases, LayerNorm
  memory.tables = hidden * table_bytes *
                  (static_cast<double>(config.vocabulary) + config.max_positions + config.type_vocabulary);
  memory.workspace = 4 * rows * (6 * hidden + 1) + 4 * std::min(rows, kIntermediateRows) * inner + kScratch;
  memory.tokenizer = kTokenizerPerToken * config.vocabulary;
  return memory;
}

double MemoryEstimate::total() const {
  double bytes = program;
  for (const ModelMemory& model : models) bytes += model.total();
  return bytes;
}

double MemoryEstimate::needed() const {
  double bytes = total();
  for (const ModelMemory& model : models) bytes -= model.tables;
  return bytes;
}

std::string MemoryEstimate::words() const {
  if (!known()) {
    std::string names;
    for (const std::string& name : unknown) names += (names.empty() ? "" : ", ") + name;
    return fmt::format("not known: the model is not there yet ({})", names);
  }
  std::map<std::string, double> weights;  // by precision
  double tables = 0, workspace = 0, rest = program;
  for (const ModelMemory& model : models) {
    weights[model.precision] += model.weights;
    tables += model.tables;
    workspace += model.workspace;
    rest += model.tokenizer;
  }
  std::string words;
  for (const auto& [precision, bytes] : weights)
    words += fmt::format("weights {} as {}, ", bytes_text(bytes), precision);
  return words + fmt::format("word tables {} (mapped from the file), workspace {}, program and tokenizer {}",
                             bytes_text(tables), bytes_text(workspace), bytes_text(rest));
}

MemoryEstimate estimate_memory(const EngineSettings& settings, const HubSettings& hub) {
  std::string log;
  const auto quiet = Logger::to_string(&log);
  Runtime runtime(settings.machine, hub, *quiet);
  MemoryEstimate estimate;
  estimate.program = kProgram;
  const auto add = [&](const ModelSettings& model, ModelPart part) {
    if (auto memory = memory_of(model, part, runtime))
      estimate.models.push_back(std::move(*memory));
    else
      estimate.unknown.push_back(model.name);
  };
  add(settings.embedder, ModelPart::kEmbedder);
  if (settings.reranker) add(*settings.reranker, ModelPart::kReranker);
  return estimate;
}

std::optional<double> free_memory(const CgroupTexts& group) {
  std::optional<double> bytes;
  if (const auto kilobytes = keyed_number(kernel_text("/proc/meminfo"), "MemAvailable"))
    bytes = 1024.0 * static_cast<double>(*kilobytes);
  if (group.memory_limit > 0) {
    const double left = static_cast<double>(group.memory_limit) - static_cast<double>(group.memory_in_use);
    bytes = std::max(0.0, bytes ? std::min(*bytes, left) : left);
  }
  return bytes;
}

}  // namespace rappel
