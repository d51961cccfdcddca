// Application: the one place that names every device and every store, and turns settings into running parts.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/status.h"
#include "base/thread_pool.h"
#include "embed/embedder.h"
#include "embed/reranker.h"
#include "engine/device.h"
#include "store/store.h"

namespace rappel {

struct ModelSettings {
  std::string name;             // a folder, or a Hub name ("BAAI/bge-m3[@revision]") found in the local cache
  std::string device = "auto";  // auto | cpu | reference
  std::string precision = "auto";  // auto | float32
  std::size_t max_length = 0;   // 0 = the model's own, within the device's default
  std::size_t query_max_length = 0;  // rerankers: 0 = 3/4 of max_length
  std::size_t batch_tokens = 0;      // 0 = the device's default
  std::size_t cache_entries = 2000;
};

// Device, thread pool and models of one process. Built once by a subcommand; everything it hands out lives as long as it.
class Runtime {
 public:
  // threads 0 = what the machine gives this process (affinity and cgroup quota).
  static std::unique_ptr<Runtime> create(int threads, Logger& logger);

  // Each logs the start-up lines: device, model, precision, warm-up, ready. hub_cache: the Hub cache folder to look
  // names up in (formats/hub_cache.h); errors say what was looked for, where, and what to do.
  Result<std::unique_ptr<Embedder>> load_embedder(const ModelSettings& settings, bool warm_up);
  Result<std::unique_ptr<Reranker>> load_reranker(const ModelSettings& settings, bool warm_up);

  Result<std::unique_ptr<Store>> open_store(const std::string& datastore, const std::filesystem::path& data_dir,
                                            const Embedder& embedder);

  ThreadPool& pool() { return pool_; }
  // "cpu (avx3, 2 threads)" for --version, /health and the log.
  std::string device_description() const;

  ~Runtime();

 private:
  Runtime(int threads, Logger& logger);
  Result<Device*> device(const std::string& name, const char* setting);

  Logger& logger_;
  ThreadPool pool_;
  std::unique_ptr<Device> cpu_;
  std::unique_ptr<Device> reference_;
};

}  // namespace rappel
