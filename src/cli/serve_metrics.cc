#include "cli/serve_metrics.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/os/cpu.h"
#include "config/version.h"

namespace rappel {
namespace {

using Type = MetricsText::Type;

// One engine, read once.
struct Engine {
  std::string_view name, model, stage;
  SchedulerStats stats;
  SchedulerHistograms histograms;
  std::uint64_t truncated;
};

template <class Model>
Engine engine_of(std::string_view name, std::string_view stage, std::string_view model, const Model& from) {
  return {name, model, stage, from.scheduler_stats(), from.scheduler_histograms(), from.truncated_texts()};
}

std::vector<Engine> engines_of(Workspace& parts) {
  std::vector<Engine> engines{
      engine_of("embedder", "embed", parts.embedder().identity().name, parts.embedder())};
  if (const auto* reranker = parts.reranker(); reranker != nullptr)
    engines.push_back(engine_of("reranker", "rerank", reranker->name(), *reranker));
  return engines;
}

// Counted per model: what was asked of it.
void write_work(const std::vector<Engine>& engines, MetricsText& out) {
  const char* const names[][2] = {{"rappel_embed_inputs_total", "rappel_embed_tokens_total"},
                                  {"rappel_rerank_pairs_total", "rappel_rerank_tokens_total"}};
  const char* const help[] = {"Texts embedded.", "Pairs of a query and a passage scored."};
  for (std::size_t i = 0; i < engines.size(); ++i) {
    out.family(names[i][0], Type::kCounter, help[i])
        .sample(static_cast<double>(engines[i].stats.texts), {{"model", engines[i].model}});
    out.family(names[i][1], Type::kCounter, "Tokens computed; equal texts of a batch count once.")
        .sample(static_cast<double>(engines[i].stats.tokens), {{"model", engines[i].model}});
  }
  out.family("rappel_truncated_inputs_total", Type::kCounter,
             "Texts and pairs of which the model read only a part, because they are longer than it reads.");
  for (const Engine& engine : engines)
    out.sample(static_cast<double>(engine.truncated), {{"model", engine.model}});
  out.family("rappel_inference_duration_seconds", Type::kHistogram, "Forward passes.");
  for (const Engine& engine : engines)
    engine.histograms.pass_seconds.write(out, {{"model", engine.model}, {"stage", engine.stage}});
}

struct QueueFamily {
  const char* name;
  Type type;
  const char* help;
  double (*value)(const SchedulerStats&);
};

template <auto Member>
double number(const SchedulerStats& stats) {
  return static_cast<double>(stats.*Member);
}

constexpr QueueFamily kQueue[] = {
    {"rappel_queue_size", Type::kGauge, "Callers in the queue or in a batch now.",
     number<&SchedulerStats::waiting>},
    {"rappel_queue_tokens", Type::kGauge, "Tokens in the queue now.",
     number<&SchedulerStats::waiting_tokens>},
    {"rappel_queue_refused_total", Type::kCounter, "Callers that met a full queue.",
     number<&SchedulerStats::refused>},
    {"rappel_queue_abandoned_total", Type::kCounter,
     "Callers that left the queue: deadline, or the client went away.", number<&SchedulerStats::abandoned>},
    {"rappel_batch_tokens_limit", Type::kGauge, "Most tokens of a batch.",
     number<&SchedulerStats::batch_tokens>},
    {"rappel_tokens_per_second", Type::kGauge, "Speed of the last dozen batches.",
     number<&SchedulerStats::tokens_per_second>},
};

struct BatchFamily {
  const char* name;
  const char* help;
  Histogram SchedulerHistograms::*histogram;
};

constexpr BatchFamily kBatches[] = {
    {"rappel_batch_size", "Texts or pairs of a batch.", &SchedulerHistograms::batch_texts},
    {"rappel_batch_tokens", "Tokens that a batch computes.", &SchedulerHistograms::batch_tokens},
    {"rappel_queue_duration_seconds", "From a caller's arrival until its last text is in a batch.",
     &SchedulerHistograms::queue_seconds},
};

void write_queues(const std::vector<Engine>& engines, MetricsText& out) {
  for (const QueueFamily& family : kQueue) {
    out.family(family.name, family.type, family.help);
    for (const Engine& engine : engines) out.sample(family.value(engine.stats), {{"engine", engine.name}});
  }
  for (const BatchFamily& family : kBatches) {
    out.family(family.name, Type::kHistogram, family.help);
    for (const Engine& engine : engines)
      (engine.histograms.*family.histogram).write(out, {{"engine", engine.name}});
  }
}

void write_devices(Workspace& parts, MetricsText& out) {
  std::vector<std::pair<std::string_view, EncoderHealth>> engines{{"embedder", parts.embedder().health()}};
  if (parts.reranker() != nullptr) engines.emplace_back("reranker", parts.reranker()->health());
  const auto one = [&](const char* name, Type type, const char* help, auto value) {
    out.family(name, type, help);
    for (const auto& [engine, health] : engines)
      out.sample(static_cast<double>(value(health)), {{"engine", engine}});
  };
  one("rappel_device_memory_retries_total", Type::kCounter,
      "Passes that did not fit into the device's memory.",
      [](const EncoderHealth& health) { return health.memory_retries; });
  one("rappel_device_fallbacks_total", Type::kCounter,
      "Devices that were lost or missing and replaced by the CPU.",
      [](const EncoderHealth& health) { return health.fallbacks; });
  one("rappel_device_memory_bytes", Type::kGauge,
      "Memory that the engine's device holds: weights, buffers and scratch.",
      [](const EncoderHealth& health) { return health.memory.used; });
  one("rappel_device_memory_limit_bytes", Type::kGauge, "Most that it may hold; 0 is no limit.",
      [](const EncoderHealth& health) { return health.memory.limit; });
}

void write_build(Workspace& parts, MetricsText& out) {
  const EncoderHealth embedder = parts.embedder().health();
  out.family("rappel_build_info", Type::kGauge, "1; the labels tell what runs, and on which device.")
      .sample(1, {{"version", kVersion},
                  {"device", embedder.device},
                  {"precision", weight_kind_name(embedder.kind)}});
}

void write_cache(const CacheStats& cache, MetricsText& out) {
  const auto one = [&out](const char* name, Type type, const char* help, auto value) {
    out.family(name, type, help).sample(static_cast<double>(value));
  };
  one("rappel_query_cache_hits_total", Type::kCounter, "Query embeddings found.", cache.hits);
  one("rappel_query_cache_misses_total", Type::kCounter, "Query embeddings computed.", cache.misses);
  one("rappel_query_cache_coalesced_total", Type::kCounter,
      "Hits that waited for the same query of another caller.", cache.coalesced);
  one("rappel_query_cache_entries", Type::kGauge, "Query embeddings kept now.", cache.entries);
  one("rappel_query_cache_bytes", Type::kGauge, "Memory of the query embeddings kept now, estimated.",
      cache.bytes);
}

void write_answers(Workspace& parts, MetricsText& out) {
  out.family("rappel_degraded_answers_total", Type::kCounter,
             "Answers to queries that lack a part: the reranker failed, had no time left, or there is none "
             "although reranking was asked for.")
      .sample(static_cast<double>(parts.retrieval().answers_unranked()), {{"part", "reranker"}});
}

void write_index(const IndexHealth& health, MetricsText& out) {
  out.family("rappel_index_degraded", Type::kGauge,
             "1 while a part of the index is lost and being made again; searches are slower then.")
      .sample(health.degraded ? 1 : 0);
  out.family("rappel_index_widening", Type::kGauge,
             "Factor of the bounds of a search; the self-check raises it above 1 if recall is low.")
      .sample(health.widening);
  out.family("rappel_index_recall", Type::kGauge,
             "Share of the true nearest chunks that searches find, by the last self-check.");
  if (health.recall) out.sample(*health.recall);
}

}  // namespace

void write_serve_metrics(Workspace* parts, MetricsText& out) {
  if (parts != nullptr) {
    const std::vector<Engine> engines = engines_of(*parts);
    write_work(engines, out);
    write_queues(engines, out);
    write_devices(*parts, out);
    write_build(*parts, out);
    write_cache(parts->embedder().cache_stats(), out);
    write_index(parts->index_health(), out);
    write_answers(*parts, out);
    parts->write_store_metrics(out);
  }
  out.family("process_resident_memory_bytes", Type::kGauge, "Resident memory.")
      .sample(static_cast<double>(resident_bytes()));
  out.family("process_cpu_seconds_total", Type::kCounter, "CPU time of all threads, user and system.")
      .sample(process_cpu_seconds());
}

}  // namespace rappel
