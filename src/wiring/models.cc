#include "wiring/models.h"

#include <fmt/format.h>

#include "base/fault_id.h"
#include "base/units.h"
#include "formats/model_files.h"

namespace rappel {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<WeightKind> parse_precision(const std::string& name, const Device& device) {
  if (name == "auto") return device.info().preferred;
  std::string names = "auto";
  for (const WeightKind kind : kWeightKinds) {
    if (name == weight_kind_name(kind)) return device.form_of(kind);
    names += fmt::format(", {}", weight_kind_name(kind));
  }
  return Status(Code::kUnsupported,
                fmt::format("precision '{}' is not in this build; use one of {}", name, names))
      .with_id("setting");
}

const char* name_of(ModelPart part) { return part == ModelPart::kEmbedder ? "embedder" : "reranker"; }

const char* variable_of(ModelPart part) {
  return part == ModelPart::kEmbedder ? "EMBEDDING_DEVICE" : "RERANK_DEVICE";
}

std::string size_words(std::uint64_t bytes) { return bytes_text(static_cast<double>(bytes)); }

// ", 25.2 GB of memory, at most 2.1 GB for models and batches", as far as it is known.
std::string memory_words(const Device& device) {
  std::string words;
  if (device.info().memory_bytes > 0) words += ", " + size_words(device.info().memory_bytes) + " of memory";
  if (const MemoryUse use = device.memory(); use.limit > 0)
    words += fmt::format(", at most {} for models and batches", size_words(use.limit));
  return words;
}

std::string held_words(const Device& device) {
  const MemoryUse use = device.memory();
  return use.used == 0 ? "" : fmt::format("; {} of the device's memory in use", size_words(use.used));
}

std::size_t or_default(std::size_t value, std::size_t fallback) { return value != 0 ? value : fallback; }

bool is_cpu(const Device& device) { return device.info().name == "cpu"; }

}  // namespace

ModelIdentity OpenedModel::identity() const {
  return {settings.name, files->config().hidden, files->identity()};
}

Models::Models(Devices& devices, HubSettings hub, bool fall_back_when_lost, Logger& logger)
    : devices_(devices), hub_(std::move(hub)), fall_back_when_lost_(fall_back_when_lost), logger_(logger) {}

Result<OpenedModel> Models::open(const ModelSettings& settings, ModelPart part) {
  const auto start = std::chrono::steady_clock::now();
  std::string displaced = settings.refused_device;
  auto asked = devices_.find(settings.device, variable_of(part), &displaced);
  if (!asked.ok() && settings.device_fallback) {
    displaced = asked.status().message() + fault_mark(asked.status().id());
    asked = devices_.find("cpu", variable_of(part));
  }
  RAPPEL_ASSIGN(Device * chosen, std::move(asked));
  if (!displaced.empty())
    logger_.warn("{}: {}; using {}", name_of(part), displaced,
                 is_cpu(*chosen) ? "the CPU" : chosen->info().name);
  if (!is_cpu(*chosen)) displaced.clear();  // mps was requested, and there is cuda: no worse
  logger_.info("{}: device {}{}", name_of(part), chosen->info().description, memory_words(*chosen));
  RAPPEL_ASSIGN(const WeightKind kind, parse_precision(settings.precision, *chosen));
  RAPPEL_ASSIGN(const auto folder, resolve_model(settings.name, hub_));
  logger_.info("{}: loading {} ({})", name_of(part), settings.name, weight_kind_name(kind));
  RAPPEL_ASSIGN(auto files, ModelFiles::open(folder));
  for (const std::string& note : files->config().notes) logger_.warn("{}: {}", name_of(part), note);
  Device* fallback = nullptr;
  if (!is_cpu(*chosen) && fall_back_when_lost_) {
    RAPPEL_ASSIGN(fallback, devices_.find("cpu", variable_of(part)));
  }
  return OpenedModel{.part = part,
                     .settings = settings,
                     .files = std::move(files),
                     .device = chosen,
                     .fallback = fallback,
                     .displaced = std::move(displaced),
                     .kind = kind,
                     .start = start};
}

template <class ModelOptions>
ModelOptions Models::options_of(const OpenedModel& model) {
  ModelOptions options;
  options.batch_tokens = model.settings.batch_tokens;
  options.kind = model.kind;
  options.fallback = model.fallback;
  options.logger = &logger_;
  options.displaced = model.displaced;
  std::lock_guard lock(mutex_);
  options.turn = turns_.try_emplace(model.device, std::make_shared<PassTurn>()).first->second;
  return options;
}

Result<std::unique_ptr<LocalEmbedder>> Models::load_embedder(const OpenedModel& model) {
  auto options = options_of<EmbedderOptions>(model);
  options.max_length =
      or_default(model.settings.max_length, is_cpu(*model.device) ? kCpuMaxLength : kGpuMaxLength);
  options.cache = model.settings.cache;
  RAPPEL_ASSIGN(auto embedder,
                model_fault(LocalEmbedder::load(model.settings.name, model.files, *model.device, options)));
  logger_.info("embedder: loaded in {:.2f} s (dimension {}, max length {}){}", seconds_since(model.start),
               embedder->dimension(), embedder->max_length(), held_words(*model.device));
  return embedder;
}

Result<std::unique_ptr<LocalReranker>> Models::load_reranker(const OpenedModel& model) {
  auto options = options_of<RerankerOptions>(model);
  options.max_length = or_default(model.settings.max_length, kRerankMaxLength);
  options.query_max_length = model.settings.query_max_length;
  RAPPEL_ASSIGN(auto reranker,
                model_fault(LocalReranker::load(model.settings.name, model.files, *model.device, options)));
  logger_.info("reranker: loaded in {:.2f} s (max length {}){}", seconds_since(model.start),
               reranker->max_length(), held_words(*model.device));
  return reranker;
}

template <class Model>
Status Models::warm_up(Model& model, ModelPart part) {
  const auto start = std::chrono::steady_clock::now();
  RAPPEL_ASSIGN(const BatchChoice batches, model.warm_up());
  logger_.info("{}: warm-up done in {:.2f} s; batches of {}", name_of(part), seconds_since(start),
               batches.to_string());
  logger_.info("{}: ready", name_of(part));
  return {};
}

Status Models::warm_up(LocalEmbedder& embedder) { return warm_up(embedder, ModelPart::kEmbedder); }
Status Models::warm_up(LocalReranker& reranker) { return warm_up(reranker, ModelPart::kReranker); }

}  // namespace rappel
