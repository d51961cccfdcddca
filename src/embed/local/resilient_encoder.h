// ResilientEncoder: an encoder that survives failures of its device.
//
// Out of memory (kResourceExhausted): the device frees what it caches, the batch is computed in halves, and
// token_limit() falls to the size that fitted, so that later batches are that small. While loading, the
// workspace is halved. Device lost (kUnavailable): the model is loaded on the fallback device, once, and the
// batch is computed there; callers notice only the time. A device that cannot run the model (kUnsupported) is
// replaced the same way if there is a fallback. Without a fallback device, or if that fails too, the callers
// get the error. So they do if a file of the model has changed (kCorrupt): no device can compute with it.
//
// forward() is for one thread at a time (the scheduler's); health() and token_limit() are for any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "engine/encoder.h"

namespace rappel {

struct ResilienceOptions {
  Device* fallback = nullptr;  // takes over if the device is lost; null: nothing does
  Logger* logger = nullptr;
  std::string name = "engine";  // in log lines: "embedder"
  std::string displaced;        // why the device is not the requested one; empty: it is
};

struct EncoderHealth {
  std::string device;                      // that computes now
  WeightKind kind = WeightKind::kFloat32;  // of the weights there
  std::string trouble;  // why it is not the requested one, or why nothing computes; empty: all is well
  bool lost = false;    // the device is lost and there is no fallback: every pass fails
  std::uint64_t memory_retries = 0;  // passes that did not fit into the device's memory
  std::uint64_t fallbacks = 0;       // devices lost, or unavailable from the start
  MemoryUse memory;                  // of the whole device, as far as it counts
};

class ResilientEncoder {
 public:
  // As Encoder::load; on the fallback device if the first one is lost or too small.
  static Result<std::unique_ptr<ResilientEncoder>> load(std::shared_ptr<const ModelFiles> files,
                                                        Device& device, const EncoderOptions& options,
                                                        ResilienceOptions resilience);

  const ModelConfig& config() const { return files_->config(); }
  bool has_sparse() const { return has_sparse_; }
  bool has_colbert() const { return has_colbert_; }

  Status forward(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);

  // The most tokens that a batch of several texts should have.
  std::size_t token_limit() const { return token_limit_.load(std::memory_order_relaxed); }
  EncoderHealth health() const;
  DeviceInfo device() const;  // that computes now

 private:
  ResilientEncoder(std::shared_ptr<const ModelFiles> files, Device& device, const EncoderOptions& options,
                   ResilienceOptions resilience);
  Status load_on(Device& device, WeightKind kind);
  Status fall_back(const Status& trouble);
  bool lose(const std::string& why);
  Status attempt(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);
  void log_pass(const PackedTokens& tokens, std::chrono::steady_clock::time_point start) const;
  Status in_halves(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);

  std::shared_ptr<const ModelFiles> files_;
  Device* device_;  // changed under the mutex, only by forward()
  EncoderOptions options_;
  ResilienceOptions resilience_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Encoder> lost_;  // kept, because freeing memory of a lost device may fail
  // Copies, because other threads read them while encoder_ changes.
  bool has_sparse_ = false, has_colbert_ = false;
  std::atomic<std::size_t> token_limit_;
  mutable std::mutex mutex_;
  EncoderHealth health_;  // under the mutex
};

}  // namespace rappel
