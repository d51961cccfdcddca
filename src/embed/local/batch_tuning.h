// Batch tuning: measures how many tokens a forward pass should take for this device, precision and model.
//
// Larger batches are faster up to a point, and a query waits for the batch that is running: the smallest size
// that is nearly as fast as any is the right one. The warm-up measures it in bounded time: the sizes take
// turns, and the least time of each counts. Sizes whose passes do not fit into that time are left out: on an
// engine that slow a query would wait too long for them. On a machine where other programs compute, times are
// noise, so the device's usual size is taken instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/os/load.h"
#include "base/status.h"
#include "engine/device.h"
#include "engine/packed_tokens.h"
#include "formats/model_config.h"

namespace rappel {

// A choice lies between this and the device's most_batch_tokens.
inline constexpr std::size_t kLeastBatchTokens = 256;

struct BatchChoice {
  std::size_t tokens = 0;
  bool given = false;                                    // by a setting
  std::vector<std::pair<std::size_t, double>> measured;  // batch tokens and tokens per second
  std::string busy = {};                                 // evidence; not empty: nothing was measured

  // "512 tokens (256: 7010/s, 512: 7390/s, 1024: 7420/s)", "512 tokens (not measured: the machine is busy
  // (..))"
  std::string to_string() const;
};

struct BatchLimits {
  std::chrono::duration<double> time{0.5};  // of all passes but the first one, about
  std::size_t most = 2048;                  // tokens
  std::size_t usual = 512;                  // tokens, where nothing can be measured
  int threads = 1;                          // that compute
  std::function<LoadSample()> load = load_now;
};

// `seconds(tokens)`: the duration of a forward pass over so many. Called with 64 tokens first, then with each
// size in ascending order, then with each size again.
Result<BatchChoice> choose_batch_tokens(const BatchLimits& limits,
                                        const std::function<Result<double>(std::size_t)>& seconds);

using ForwardBatch = std::function<Status(const PackedTokens&)>;

// Passes over one text of each size that this device computes faster when it is repeated
// (DeviceInfo::repeated_tokens), as often as that takes. The texts repeat `text`, which is valid for the
// model.
Status repeat_sizes(const DeviceInfo& device, const ModelConfig& config, std::span<const std::int32_t> text,
                    const ForwardBatch& forward);

// choose_batch_tokens() with passes over copies of `text`.
Result<BatchChoice> tune_batch_tokens(const DeviceInfo& device, const ModelConfig& config,
                                      std::span<const std::int32_t> text, const ForwardBatch& forward);

}  // namespace rappel
