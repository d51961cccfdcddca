// Models: from the settings of a model to an embedder or a reranker. Each step logs its start-up line:
// device, model and precision, warm-up, ready. Errors say what was looked for, where, and what to do.
//
// Models may be opened and loaded on several threads at once. A warm-up measures, so nothing else should
// compute at the same time.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/status.h"
#include "embed/local/local_embedder.h"
#include "embed/local/local_reranker.h"
#include "hub/hub.h"
#include "wiring/devices.h"

namespace rappel {

// Tokens per text where nothing is set (the system this replaces: 4096 on the CPU, 8192 on GPUs; rerankers
// 512).
inline constexpr std::size_t kCpuMaxLength = 4096, kGpuMaxLength = 8192;
inline constexpr std::size_t kRerankMaxLength = 512;

struct ModelSettings {
  std::string name;             // a folder, or a Hub name ("BAAI/bge-m3[@revision]") found in the local cache
  std::string device = "auto";  // auto | mps | cuda | cuda:N | cpu | reference
  bool device_fallback = false;      // the CPU if the device cannot be used, instead of an error
  std::string refused_device;        // why `device` is auto instead of the requested one; empty: not refused
  std::string precision = "auto";    // auto | float32 | tf32 | half | bfloat16 | w8a16 | int8
  std::size_t max_length = 0;        // 0 = the device's default; cut to the model's own limit
  std::size_t query_max_length = 0;  // rerankers: 0 = 3/4 of max_length
  std::size_t batch_tokens = 0;      // 0 = the warm-up chooses
  QueryCacheBudget cache;            // embedders
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
  std::string displaced;  // why the CPU replaces the requested device; empty: it does not
  WeightKind kind;
  std::chrono::steady_clock::time_point start;
  ModelIdentity identity() const;
};

// The devices and the logger must outlive it; its models must not outlive the devices.
class Models {
 public:
  // `fall_back_when_lost`: a model whose device is lost continues on the CPU; false: its callers get the
  // error.
  Models(Devices& devices, HubSettings hub, bool fall_back_when_lost, Logger& logger);

  Result<OpenedModel> open(const ModelSettings& settings, ModelPart part);
  Result<std::unique_ptr<LocalEmbedder>> load_embedder(const OpenedModel& model);
  Result<std::unique_ptr<LocalReranker>> load_reranker(const OpenedModel& model);
  Status warm_up(LocalEmbedder& embedder);
  Status warm_up(LocalReranker& reranker);

 private:
  template <class Model>
  Status warm_up(Model& model, ModelPart part);
  // Sets what the options of both parts have in common.
  template <class ModelOptions>
  ModelOptions options_of(const OpenedModel& model);

  Devices& devices_;
  const HubSettings hub_;
  const bool fall_back_when_lost_;
  Logger& logger_;
  std::mutex mutex_;
  std::map<const Device*, std::shared_ptr<PassTurn>> turns_;  // of the models on a device
};

}  // namespace rappel
