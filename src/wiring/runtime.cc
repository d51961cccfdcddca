#include "wiring/runtime.h"

#include "base/os/cpu.h"
#include "base/units.h"
#include "engine/product_rate.h"

namespace rappel {

Runtime::Runtime(const RuntimeSettings& settings, HubSettings hub, Logger& logger)
    : logger_(logger),
      pool_(settings.threads > 0 ? settings.threads : read_cpu_info().usable_threads()),
      devices_(settings, pool_, logger),
      models_(devices_, std::move(hub), settings.fall_back_when_lost, logger) {}

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
  RAPPEL_ASSIGN(Device * fastest, devices_.find("auto", "EMBEDDING_DEVICE"));
  return rappel::product_rate(*fastest, fastest->info().preferred, inputs, outputs, seconds);
}

void Runtime::log_machine() {
  const auto report = cpu_report();
  if (!report.ok()) return;  // open_model reports it too
  const CpuInfo& machine = report->machine;
  std::string instructions;
  for (const std::string& feature : report->features)
    instructions += (instructions.empty() ? "" : ", ") + feature;
  logger_.info("machine: {} ({}), {}, {} of memory; instructions {}; {} compute threads, precision {}",
               machine.model, machine.architecture, machine.cores(),
               bytes_text(static_cast<double>(machine.memory_bytes)), instructions, report->threads,
               weight_kind_name(report->preferred));
}

}  // namespace rappel
