#include "wiring/runtime.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "base/fault_id.h"
#include "base/os/cpu.h"
#include "base/units.h"
#include "engine/cpu/cpu_device.h"
#include "engine/cuda/cuda_device.h"
#include "engine/metal/metal_device.h"
#include "engine/product_rate.h"
#include "engine/reference/reference_device.h"
#include "formats/model_files.h"

namespace rappel {
namespace {

// Default maximum length on a CPU (the system this replaces: 4096 tokens on cpu, 8192 on GPUs;
// rerankers 512).
constexpr std::size_t kCpuMaxLength = 4096, kGpuMaxLength = 8192;
constexpr std::size_t kRerankMaxLength = 512;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<WeightKind> parse_precision(const std::string& name, const Device& device) {
  if (name == "auto") return device.info().preferred;
  for (const WeightKind kind : kWeightKinds)
    if (name == weight_kind_name(kind)) return device.form_of(kind);
  return Status(Code::kUnsupported,
                fmt::format("precision '{}' is not in this build; use auto, float32, tf32, half, "
                            "bfloat16, w8a16 or int8",
                            name))
      .with_id("setting");
}

const char* name_of(ModelPart part) { return part == ModelPart::kEmbedder ? "embedder" : "reranker"; }

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

}  // namespace

ModelIdentity OpenedModel::identity() const {
  return {settings.name, files->config().hidden, files->identity()};
}

const std::vector<std::string>& built_devices() {
  static const std::vector<std::string> devices = [] {
    std::vector<std::string> names;
    if (metal_built()) names.emplace_back("mps");
    if (cuda_built()) names.emplace_back("cuda");
    names.emplace_back("cpu");
    return names;
  }();
  return devices;
}

std::string best_device() {
  if (metal_present()) return "mps";
  static const bool cuda = cuda_report().has_first();  // asks the driver, once
  return cuda ? "cuda" : "cpu";
}

Runtime::Runtime(RuntimeSettings settings, HubSettings hub, Logger& logger)
    : logger_(logger),
      settings_(std::move(settings)),
      hub_(std::move(hub)),
      pool_(settings_.threads > 0 ? settings_.threads : read_cpu_info().usable_threads()) {}
Runtime::~Runtime() = default;

Result<std::string> Runtime::cpu_target() const {
  const std::string& wanted = settings_.cpu_target;
  std::string problem = fmt::format("RAPPEL_CPU_TARGET={}: no such target in this build", wanted);
  std::string runnable;
  for (const CpuTargetInfo& target : built_cpu_targets()) {
    if (!target.missing.empty()) {
      if (target.name == wanted)
        problem = fmt::format("RAPPEL_CPU_TARGET={}: this machine lacks {}", wanted, target.missing);
      continue;
    }
    if (wanted == target.name || wanted == "auto") return target.name;
    runnable += (runnable.empty() ? "" : ", ") + target.name;
  }
  return Status(Code::kInvalidArgument, problem + "; it can run auto, " + runnable).with_id("cpu-target");
}

Result<CpuReport> Runtime::cpu_report() {
  RAPPEL_ASSIGN(Device * cpu, device("cpu", ""));
  RAPPEL_ASSIGN(std::string target, cpu_target());
  return CpuReport{cpu->info().description, cpu->info().lanes,     std::move(target), built_cpu_targets(),
                   usable_cpu_features(),   cpu->info().preferred, read_cpu_info(),   cpu->memory().limit};
}

void Runtime::log_machine() {
  const auto report = cpu_report();
  if (!report.ok()) return;  // open_model says it too
  const CpuInfo& machine = report->machine;
  std::string instructions;
  for (const std::string& feature : report->features)
    instructions += (instructions.empty() ? "" : ", ") + feature;
  logger_.info("machine: {} ({}), {}, {} of memory; instructions {}; {} compute threads, precision {}",
               machine.model, machine.architecture, machine.cores(), size_words(machine.memory_bytes),
               instructions, report->threads, weight_kind_name(report->preferred));
}

Result<Device*> Runtime::metal() {
  if (!metal_) {
    // Where there is no Metal, mps by name runs the device on MLX's CPU backend.
    RAPPEL_ASSIGN(metal_,
                  make_metal_device({.memory_bytes = settings_.device_memory.of(read_cpu_info().memory_bytes),
                                     .cpu_backend = true}));
  }
  return metal_.get();
}

// `name` is cuda or cuda:N.
Result<Device*> Runtime::cuda(const std::string& name, const char* variable) {
  int number = 0;
  const std::size_t colon = name.find(':');
  if (colon != std::string::npos) {
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + colon + 1, end, number);
    if (error != std::errc() || stop != end || number < 0)
      return Status(Code::kInvalidArgument,
                    fmt::format("{}={}: expected cuda or cuda:N with a number N", variable, name))
          .with_id("setting");
  }
  if (!cuda_.contains(number)) {
    auto opened = make_cuda_device(number, settings_.device_memory);
    if (!opened.ok())
      return Status(opened.status().code(),
                    fmt::format("device '{}' cannot be used: {}. Set {} to auto or cpu, or "
                                "DEVICE_FALLBACK=true",
                                name, opened.status().message(), variable),
                    opened.status().cause())
          .with_id(opened.status().id().data());
    cuda_[number] = std::move(opened).value();
  }
  return cuda_[number].get();
}

Result<Device*> Runtime::device(const std::string& name, const char* variable, std::string* passed_over) {
  const std::lock_guard lock(devices_mutex_);
  const auto pass_over = [&](const Status& status) {
    if (passed_over != nullptr)
      *passed_over = status.to_string();
    else
      logger_.warn("{}; going on with the CPU", status.to_string());
  };
  const bool named = name == "cuda" || name.starts_with("cuda:");
  if ((named && cuda_built()) || (name == "auto" && best_device() == "cuda")) {
    const auto opened = cuda(named ? name : "cuda", variable);
    if (opened.ok() || named) return opened;
    pass_over(opened.status());
  }
  if (name == "mps" || (name == "auto" && best_device() == "mps")) {
    const auto opened = metal();
    if (opened.ok() || name == "mps") return opened;
    pass_over(opened.status());
  }
  if (name == "reference") {
    if (!reference_) reference_ = make_reference_device();
    return reference_.get();
  }
  if (name == "auto" || name == "cpu") {
    if (!cpu_) {
      RAPPEL_ASSIGN(std::string target, cpu_target());
      CpuDeviceOptions options;
      options.target = std::move(target);
      options.memory_limit = settings_.device_memory.of(read_cpu_info().memory_bytes);
      cpu_ = make_cpu_device(pool_, options);
    }
    return cpu_.get();
  }
  std::string names;
  for (const std::string& built : built_devices()) names += (names.empty() ? "" : ", ") + built;
  return Status(Code::kUnsupported,
                fmt::format("device '{}' is not in this build, which has: {}. Set {} to auto or cpu", name,
                            names, variable))
      .with_id("device-missing");
}

std::vector<std::pair<std::string, std::string>> Runtime::accelerators() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const std::string& name : built_devices()) {
    if (name == "cpu") continue;
    const auto opened = device(name, "EMBEDDING_DEVICE");
    list.emplace_back(name,
                      opened.ok() ? (*opened)->info().description : name + ": " + opened.status().message());
    const auto gpus = name == "cuda" ? cuda_report().devices : std::vector<CudaReport::Gpu>();
    for (std::size_t i = 1; i < gpus.size(); ++i)
      list.emplace_back(
          fmt::format("cuda:{}", i),
          fmt::format("cuda:{}: {}", i,
                      gpus[i].refused.empty() ? gpus[i].description : "cannot be used: " + gpus[i].refused));
  }
  return list;
}

std::string Runtime::device_description() {
  const auto opened = device("auto", "EMBEDDING_DEVICE");
  return opened.ok() ? (*opened)->info().description : "none";
}

Result<OpenedModel> Runtime::open_model(const ModelSettings& settings, ModelPart part) {
  const auto start = std::chrono::steady_clock::now();
  const char* variable = part == ModelPart::kEmbedder ? "EMBEDDING_DEVICE" : "RERANK_DEVICE";
  std::string displaced = settings.refused_device;
  auto asked = device(settings.device, variable, &displaced);
  if (!asked.ok() && settings.device_fallback) {
    displaced = asked.status().message() + fault_mark(asked.status().id());
    asked = device("cpu", variable);
  }
  RAPPEL_ASSIGN(Device * chosen, std::move(asked));
  const bool on_cpu = chosen->info().name == "cpu";
  if (!displaced.empty())
    logger_.warn("{}: {}; using {}", name_of(part), displaced, on_cpu ? "the CPU" : chosen->info().name);
  if (!on_cpu) displaced.clear();  // mps was asked for, and there is cuda: no worse
  logger_.info("{}: device {}{}", name_of(part), chosen->info().description, memory_words(*chosen));
  RAPPEL_ASSIGN(const WeightKind kind, parse_precision(settings.precision, *chosen));
  RAPPEL_ASSIGN(const auto folder, resolve_model(settings.name, hub_));
  logger_.info("{}: loading {} ({})", name_of(part), settings.name, weight_kind_name(kind));
  RAPPEL_ASSIGN(auto files, ModelFiles::open(folder));
  for (const std::string& note : files->config().notes) logger_.warn("{}: {}", name_of(part), note);
  Device* fallback = nullptr;
  if (!on_cpu && settings_.fall_back_when_lost) {
    RAPPEL_ASSIGN(fallback, device("cpu", variable));
  }
  return OpenedModel{part, settings, std::move(files), chosen, fallback, std::move(displaced), kind, start};
}

Result<std::unique_ptr<LocalEmbedder>> Runtime::load_embedder(const OpenedModel& model) {
  EmbedderOptions options;
  options.max_length = or_default(model.settings.max_length,
                                  model.device->info().name == "cpu" ? kCpuMaxLength : kGpuMaxLength);
  options.batch_tokens = model.settings.batch_tokens;
  options.cache_entries = model.settings.cache_entries;
  options.kind = model.kind;
  options.fallback = model.fallback;
  options.logger = &logger_;
  options.displaced = model.displaced;
  RAPPEL_ASSIGN(auto embedder,
                model_fault(LocalEmbedder::load(model.settings.name, model.files, *model.device, options)));
  logger_.info("embedder: loaded in {:.2f} s (dimension {}, max length {}){}", seconds_since(model.start),
               embedder->dimension(), embedder->max_length(), held_words(*model.device));
  return embedder;
}

Result<std::unique_ptr<LocalReranker>> Runtime::load_reranker(const OpenedModel& model) {
  RerankerOptions options;
  options.max_length = or_default(model.settings.max_length, kRerankMaxLength);
  options.query_max_length = model.settings.query_max_length;
  options.batch_tokens = model.settings.batch_tokens;
  options.kind = model.kind;
  options.fallback = model.fallback;
  options.logger = &logger_;
  options.displaced = model.displaced;
  RAPPEL_ASSIGN(auto reranker,
                model_fault(LocalReranker::load(model.settings.name, model.files, *model.device, options)));
  logger_.info("reranker: loaded in {:.2f} s (max length {}){}", seconds_since(model.start),
               reranker->max_length(), held_words(*model.device));
  return reranker;
}

template <class Model>
Status Runtime::warm_up(Model& model, const char* part) {
  const auto start = std::chrono::steady_clock::now();
  RAPPEL_ASSIGN(const BatchChoice batches, model.warm_up());
  logger_.info("{}: warm-up done in {:.2f} s; batches of {}", part, seconds_since(start),
               batches.to_string());
  logger_.info("{}: ready", part);
  return {};
}

Status Runtime::warm_up(LocalEmbedder& embedder) { return warm_up(embedder, "embedder"); }
Status Runtime::warm_up(LocalReranker& reranker) { return warm_up(reranker, "reranker"); }

Result<std::unique_ptr<LocalEmbedder>> Runtime::load_embedder(const ModelSettings& settings, bool warm) {
  RAPPEL_ASSIGN(const OpenedModel model, open_model(settings, ModelPart::kEmbedder));
  RAPPEL_ASSIGN(auto embedder, load_embedder(model));
  if (warm) RAPPEL_TRY(warm_up(*embedder));
  return embedder;
}

Result<std::unique_ptr<LocalReranker>> Runtime::load_reranker(const ModelSettings& settings, bool warm) {
  RAPPEL_ASSIGN(const OpenedModel model, open_model(settings, ModelPart::kReranker));
  RAPPEL_ASSIGN(auto reranker, load_reranker(model));
  if (warm) RAPPEL_TRY(warm_up(*reranker));
  return reranker;
}

Result<double> Runtime::product_rate(int inputs, int outputs, double seconds) {
  RAPPEL_ASSIGN(Device * fastest, device("auto", "EMBEDDING_DEVICE"));
  return rappel::product_rate(*fastest, fastest->info().preferred, inputs, outputs, seconds);
}

}  // namespace rappel
