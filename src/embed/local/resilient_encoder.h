// ResilientEncoder: an encoder that outlives the troubles of its device.
//
// Short of memory (Device says kResourceExhausted): the device trims what it keeps, the batch is computed in
// halves, and token_limit() goes down to what fitted, so that later batches are formed that small; at loading
// the workspace is halved. Lost (kUnavailable, for good): the model is loaded on the fallback device, once,
// and the batch is computed there; the callers notice nothing but the time. A device that refuses the model's
// pass (kUnsupported) is left alike, where there is another one. Without a fallback device, or when that
// fails too, the callers get the error.
//
// forward() is for one thread at a time (the scheduler's); health() and token_limit() for any.
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
  Device* fallback = nullptr;  // where the model goes when its device is lost; null: nowhere
  Logger* logger = nullptr;
  std::string name = "engine";  // in log lines: "embedder"
  std::string displaced;        // why the device is not the one that was asked for; empty: it is
};

struct EncoderHealth {
  std::string device;  // that computes now
  std::string
      trouble;  // why that is not the one that was asked for, or why nothing computes; empty: all is well
  bool lost = false;                 // the device is, and there was nowhere to go: every pass fails
  std::uint64_t memory_retries = 0;  // passes that did not fit into the device's memory
  std::uint64_t fallbacks = 0;       // devices lost, or not to be had from the start
  MemoryUse memory;                  // of the whole device, as far as it counts
};

class ResilientEncoder {
 public:
  // As Encoder::load; on the fallback device when the first one is lost or too small.
  static Result<std::unique_ptr<ResilientEncoder>> load(std::shared_ptr<const ModelFiles> files,
                                                        Device& device, const EncoderOptions& options,
                                                        ResilienceOptions resilience);

  const ModelConfig& config() const { return files_->config(); }
  bool has_sparse() const { return has_sparse_; }
  bool has_colbert() const { return has_colbert_; }

  Status forward(const PackedTokens& tokens, const HeadRequest& request, HeadOutputs& outputs);

  // Most tokens that a batch of several texts should have.
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
  Device* device_;  // changed under the mutex, by forward() alone
  EncoderOptions options_;
  ResilienceOptions resilience_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Encoder> lost_;  // kept: what a lost device makes of a release is not worth knowing
  bool has_sparse_ = false,
       has_colbert_ = false;  // asked for by other threads, which must not meet a changing encoder_
  std::atomic<std::size_t> token_limit_;
  mutable std::mutex mutex_;
  EncoderHealth health_;  // under the mutex
};

}  // namespace rappel
