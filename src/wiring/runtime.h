// Runtime: thread pool, devices and models of one process, from its settings. Each subcommand builds one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "base/thread_pool.h"
#include "hub/hub.h"
#include "wiring/devices.h"
#include "wiring/models.h"

namespace rappel {

struct RuntimeSettings : DeviceSettings {
  int threads = 0;  // 0 = as many as this process may use (affinity and cgroup quota)
  bool fall_back_when_lost =
      true;  // a model whose device is lost continues on the CPU; false: its callers get the error
};

// Its embedders and rerankers must not outlive it. The logger must.
class Runtime {
 public:
  Runtime(const RuntimeSettings& settings, HubSettings hub, Logger& logger);

  // Open, load and warm up in one call; a failed warm-up is an error too.
  Result<std::unique_ptr<LocalEmbedder>> load_embedder(const ModelSettings& settings, bool warm_up);
  Result<std::unique_ptr<LocalReranker>> load_reranker(const ModelSettings& settings, bool warm_up);
  // The same in steps; see Models.
  Result<OpenedModel> open_model(const ModelSettings& settings, ModelPart part) {
    return models_.open(settings, part);
  }
  Result<std::unique_ptr<LocalEmbedder>> load_embedder(const OpenedModel& model) {
    return models_.load_embedder(model);
  }
  Result<std::unique_ptr<LocalReranker>> load_reranker(const OpenedModel& model) {
    return models_.load_reranker(model);
  }
  Status warm_up(LocalEmbedder& embedder) { return models_.warm_up(embedder); }
  Status warm_up(LocalReranker& reranker) { return models_.warm_up(reranker); }

  // Operations per second of a plain product of the shape, with the weights that the fastest device prefers.
  Result<double> product_rate(int inputs, int outputs, double seconds);

  ThreadPool& pool() { return pool_; }
  // See Devices.
  std::string device_description() { return devices_.description(); }
  std::vector<std::pair<std::string, std::string>> accelerators() { return devices_.accelerators(); }
  Result<CpuReport> cpu_report() { return devices_.cpu_report(); }
  // Logs one line about the machine and the threads and precision that follow from it.
  void log_machine();

 private:
  // In the order in which they depend on each other.
  Logger& logger_;
  ThreadPool pool_;
  Devices devices_;
  Models models_;
};

}  // namespace rappel
