#include "cli/serve_metrics.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/os/cpu.h"

namespace rappel {
namespace {

using Type = MetricsText::Type;

struct EngineFamily {
  const char* name;
  Type type;
  const char* help;
  double (*value)(const SchedulerStats&);
};

template <auto Member>
double number(const SchedulerStats& stats) {
  return static_cast<double>(stats.*Member);
}

constexpr EngineFamily kEngine[] = {
    {"rappel_engine_batches_total", Type::kCounter, "Forward passes.", number<&SchedulerStats::batches>},
    {"rappel_engine_texts_total", Type::kCounter, "Texts and pairs answered.",
     number<&SchedulerStats::texts>},
    {"rappel_engine_tokens_total", Type::kCounter, "Tokens computed; equal texts of a batch count once.",
     number<&SchedulerStats::tokens>},
    {"rappel_engine_refused_total", Type::kCounter, "Callers that met a full queue.",
     number<&SchedulerStats::refused>},
    {"rappel_engine_abandoned_total", Type::kCounter,
     "Callers that left the queue: deadline, or the client went away.", number<&SchedulerStats::abandoned>},
    {"rappel_engine_busy_seconds_total", Type::kCounter, "Time in forward passes.",
     number<&SchedulerStats::busy_seconds>},
    {"rappel_engine_wait_seconds_total", Type::kCounter, "Time of all callers from arrival to answer.",
     number<&SchedulerStats::wait_seconds>},
    {"rappel_engine_callers", Type::kGauge, "Callers in the queue or in a batch now.",
     number<&SchedulerStats::waiting>},
    {"rappel_engine_waiting_tokens", Type::kGauge, "Tokens in the queue now.",
     number<&SchedulerStats::waiting_tokens>},
    {"rappel_engine_batch_tokens", Type::kGauge, "Most tokens of a batch.",
     number<&SchedulerStats::batch_tokens>},
    {"rappel_engine_tokens_per_second", Type::kGauge, "Speed of the last dozen batches.",
     number<&SchedulerStats::tokens_per_second>},
};

void write_engines(Workspace& parts, MetricsText& out) {
  std::vector<std::pair<std::string_view, SchedulerStats>> engines{
      {"embedder", parts.embedder().scheduler_stats()}};
  if (parts.reranker() != nullptr) engines.emplace_back("reranker", parts.reranker()->scheduler_stats());
  for (const EngineFamily& family : kEngine) {
    out.family(family.name, family.type, family.help);
    for (const auto& [engine, stats] : engines) out.sample(family.value(stats), {{"engine", engine}});
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
    write_engines(*parts, out);
    write_devices(*parts, out);
    write_cache(parts->embedder().cache_stats(), out);
    write_index(parts->index_health(), out);
    write_answers(*parts, out);
  }
  out.family("process_resident_memory_bytes", Type::kGauge, "Resident memory.")
      .sample(static_cast<double>(resident_bytes()));
  out.family("process_cpu_seconds_total", Type::kCounter, "CPU time of all threads, user and system.")
      .sample(process_cpu_seconds());
}

}  // namespace rappel
