// Runtime: the one place that names every device, and turns settings into running parts.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/os/cpu.h"
#include "base/status.h"
#include "base/thread_pool.h"
#include "embed/local/local_embedder.h"
#include "embed/local/local_reranker.h"
#include "engine/cpu/cpu_device.h"
#include "engine/device.h"
#include "hub/hub.h"

namespace rappel {

struct ModelSettings {
  std::string name;             // a folder, or a Hub name ("BAAI/bge-m3[@revision]") found in the local cache
  std::string device = "auto";  // auto | mps | cuda | cuda:N | cpu | reference
  bool device_fallback = false;  // the CPU when the device cannot be had, instead of an error
  std::string
      refused_device;  // why `device` is auto instead of what was asked for; empty: it was not refused
  std::string precision = "auto";  // auto | float32 | tf32 | half | bfloat16 | w8a16 | int8
  std::size_t max_length = 0;  // 0 = the device's default (4096 on cpu, 8192 on GPUs; rerankers 512); cut to
                               // what the model can take
  std::size_t query_max_length = 0;  // rerankers: 0 = 3/4 of max_length
  std::size_t batch_tokens = 0;      // 0 = what the warm-up finds best
  std::size_t cache_entries = 2000;
};

struct RuntimeSettings {
  int threads = 0;                  // 0 = what the machine gives this process (affinity and cgroup quota)
  std::string cpu_target = "auto";  // instruction set by name; auto = the fastest that runs here
  MemoryLimit device_memory;        // of each device
  bool fall_back_when_lost =
      true;  // a model whose device is lost goes on with the CPU; false: its callers get the error
};

// Description of the CPU device.
struct CpuReport {
  std::string description;  // "cpu: Intel(R) Xeon(R) Processor, AMX, 2 threads"
  int threads;
  std::string target;  // the one in force
  std::vector<CpuTargetInfo> targets;
  std::vector<std::string> features;
  WeightKind preferred;  // what the precision auto is
  CpuInfo machine;
  std::uint64_t memory_limit;  // RuntimeSettings::device_memory, in bytes; 0 = none
};

enum class ModelPart { kEmbedder, kReranker };

// A model whose files are found and whose device is chosen: it is known which one it is, and nothing is
// loaded yet.
struct OpenedModel {
  ModelPart part;
  ModelSettings settings;
  std::shared_ptr<const ModelFiles> files;
  Device* device;
  Device* fallback;       // null: none, or the device is the CPU itself
  std::string displaced;  // why the CPU stands in for the device that was asked for; empty: it does not
  WeightKind kind;
  std::chrono::steady_clock::time_point start;
  ModelIdentity identity() const;
};

// Device, thread pool and models of one process. Built once by a subcommand; what it hands out must not
// outlive it.
class Runtime {
 public:
  // The logger must outlive the runtime.
  Runtime(RuntimeSettings settings, HubSettings hub, Logger& logger);
  ~Runtime();

  // Each logs the start-up lines: device, model and precision, warm-up, ready. Errors say what was looked
  // for, where, and what to do; a failed warm-up is an error too.
  Result<std::unique_ptr<LocalEmbedder>> load_embedder(const ModelSettings& settings, bool warm_up);
  Result<std::unique_ptr<LocalReranker>> load_reranker(const ModelSettings& settings, bool warm_up);

  // The same in steps. Models may be opened and loaded on several threads at once; a warm-up measures, so
  // nothing else should compute at the same time.
  Result<OpenedModel> open_model(const ModelSettings& settings, ModelPart part);
  Result<std::unique_ptr<LocalEmbedder>> load_embedder(const OpenedModel& model);
  Result<std::unique_ptr<LocalReranker>> load_reranker(const OpenedModel& model);
  Status warm_up(LocalEmbedder& embedder);
  Status warm_up(LocalReranker& reranker);

  // Operations per second of a plain product of the shape, with the weights that the fastest device prefers.
  Result<double> product_rate(int inputs, int outputs, double seconds);

  ThreadPool& pool() { return pool_; }
  // "cpu: Intel(R) Xeon(R) Processor, AVX-512, 2 threads", for --version, /health and the log.
  std::string device_description();
  // Each built device but the CPU: its name and its description, or why it is not available here.
  std::vector<std::pair<std::string, std::string>> accelerators();
  // kInvalidArgument for a target that this build does not know or this machine cannot run; the message lists
  // those that it can.
  Result<CpuReport> cpu_report();
  // One line of what the machine gives this process and what was made of it.
  void log_machine();

 private:
  template <class Model>
  Status warm_up(Model& model, const char* part);
  // Where auto has to pass over the best device, that is said to `passed_over`, or logged where it is null.
  Result<Device*> device(const std::string& name, const char* variable, std::string* passed_over = nullptr);
  Result<Device*> metal();
  Result<Device*> cuda(const std::string& name, const char* variable);
  Result<std::string> cpu_target() const;

  Logger& logger_;
  RuntimeSettings settings_;
  HubSettings hub_;
  ThreadPool pool_;
  std::mutex devices_mutex_;  // of the pointers, which are set once
  std::unique_ptr<Device> cpu_;
  std::unique_ptr<Device> metal_;
  std::map<int, std::unique_ptr<Device>> cuda_;  // by number
  std::unique_ptr<Device> reference_;
};

// The devices that this build knows, in the order of detection: "mps" and "cuda" where they are built in,
// "cpu".
const std::vector<std::string>& built_devices();
// The device that auto selects on this machine: the first of them that it has.
std::string best_device();

}  // namespace rappel
