// How fast the embedder is, beside what a plain product of its shape reaches on all of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/os/cpu.h"
#include "base/os/file.h"
#include "base/units.h"
#include "config/settings.h"
#include "doctor/collect.h"
#include "formats/model_files.h"
#include "tune/measure.h"
#include "tune/memory.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kProductSeconds = 0.3, kEmbedSeconds = 0.7;
constexpr int kTexts = 4;
constexpr double kLeastOperations =
    1e7;  // per token: a smaller model spends its time elsewhere than in products

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Operations of the layers' products and of attention, for texts of so many tokens.
double operations_per_token(const ModelConfig& config, double tokens) {
  const double hidden = config.hidden, products = 4 * hidden * hidden + 2 * hidden * config.intermediate;
  return config.layers * (2 * products + 4 * tokens * hidden);
}

// Nothing: the model is too small to tell.
Result<std::optional<SpeedEvidence>> measure(const RunContext& context, const HubSettings& hub,
                                             const std::stop_token& stop) {
  SpeedEvidence speed;
  const ModelSettings settings = embedder_settings(context.options);
  std::string log;
  const auto quiet = Logger::to_string(&log);
  ModelConfig config;
  {
    Runtime all({}, hub, *quiet);
    speed.usable_threads = all.pool().threads();
    RAPPEL_ASSIGN(const CpuReport best, all.cpu_report());
    speed.best_target = best.target;
    RAPPEL_ASSIGN(const OpenedModel opened, all.open_model({.name = settings.name}, ModelPart::kEmbedder));
    speed.best_precision = weight_kind_name(opened.kind);
    config = opened.files->config();
    if (operations_per_token(config, 1) < kLeastOperations) return std::optional<SpeedEvidence>();
    RAPPEL_ASSIGN(speed.product_rate, all.product_rate(config.hidden, config.intermediate, kProductSeconds));
  }
  if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
  Runtime runtime(runtime_settings(context.options), hub, *quiet);
  speed.threads = runtime.pool().threads();
  RAPPEL_ASSIGN(const CpuReport used, runtime.cpu_report());
  speed.target = used.target;
  RAPPEL_ASSIGN(const OpenedModel opened, runtime.open_model(settings, ModelPart::kEmbedder));
  speed.precision = weight_kind_name(opened.kind);
  RAPPEL_ASSIGN(const auto embedder, runtime.load_embedder(opened));
  const auto texts = chunk_texts(kTexts);
  RAPPEL_TRY(embedder->embed(texts, {.cancel = stop}).status());  // touches fresh memory
  double tokens = 0, longest = 0;
  const double cpu = process_cpu_seconds();
  const auto start = Clock::now();
  do {
    RAPPEL_ASSIGN(const auto rows, embedder->embed(texts, {.cancel = stop}));
    for (const Embedding& row : rows) {
      tokens += static_cast<double>(row.input_ids.size());
      longest = std::max(longest, static_cast<double>(row.input_ids.size()));
    }
  } while (seconds_since(start) < kEmbedSeconds);
  const double seconds = seconds_since(start);
  speed.tokens_per_second = tokens / seconds;
  speed.operations_per_token = operations_per_token(config, longest);
  speed.cpu_share = std::min(1.0, (process_cpu_seconds() - cpu) / (seconds * speed.threads));
  return std::optional(std::move(speed));
}

// "" when there is something to measure with.
std::string why_not(const RunContext& context, const Evidence& evidence) {
  if (!context.options.boolean("--measure")) return "not measured (--no-measure)";
  if (evidence.models.empty() || !evidence.models[0].state.ok()) return "not measured: there is no embedder";
  if (evidence.device == "reference") return "not measured: the reference device takes too long";
  EngineSettings embedder = engine_settings(context.options);
  embedder.reranker.reset();
  const double wanted = estimate_memory(embedder, hub_settings_of(context)).needed();
  const auto available = free_memory(evidence.group);
  if (available && *available < wanted)
    return fmt::format("not measured: loading the model takes {}, and {} are free", bytes_text(wanted),
                       bytes_text(*available));
  return "";
}

}  // namespace

void measure_speed(const RunContext& context, Evidence& evidence, const std::stop_token& stop) {
  const HubSettings hub = hub_settings_of(context);
  std::string words = why_not(context, evidence);
  if (words.empty()) {
    const auto speed = measure(context, hub, stop);
    if (speed.status().code() == Code::kCancelled) {
      words = "not measured: stopped";
    } else if (!speed.ok()) {
      evidence.models[0].state = speed.status();
      words = "not measured: " + speed.status().to_string();
    } else if (evidence.speed = *speed; !evidence.speed) {
      words = "not measured: the model is too small to tell";
    } else {
      words = fmt::format(
          "{:.0f} tokens/s with {}, {} and {} weights: {:.0f} % of what a plain product allows "
          "({:.0f} Gop/s)",
          evidence.speed->tokens_per_second,
          count_text(static_cast<std::uint64_t>(evidence.speed->threads), "thread"), evidence.speed->target,
          evidence.speed->precision, 100 * evidence.speed->share(), evidence.speed->product_rate * 1e-9);
    }
  }
  evidence.looked_at.emplace_back("speed", std::move(words));
}

}  // namespace rappel
