// Batch tuning: measures how many tokens a forward pass should take for this device, precision and model.
//
// Larger batches are faster up to a point, but a query waits for the running batch. The choice is the
// smallest size that is nearly as fast as the fastest. The time of the measurement is bounded. Sizes whose
// passes do not fit into it are left out, because a query would wait too long for them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/device.h"
#include "engine/packed_tokens.h"
#include "formats/model_config.h"

namespace rappel {

// A choice lies between this and the device's most_batch_tokens, which is also the choice if nothing was
// measured.
inline constexpr std::size_t kLeastBatchTokens = 256;

struct BatchChoice {
  std::size_t tokens = 0;
  bool given = false;                                    // taken from a setting, not measured
  std::vector<std::pair<std::size_t, double>> measured;  // batch tokens and tokens per second

  std::string to_string() const;  // "512 tokens (256: 7010/s, 512: 7390/s, 1024: 7420/s)"
};

// `seconds(tokens)` is the duration of a forward pass over so many tokens. It is called with 64 tokens first,
// then twice with each size up to `most`. All calls but the first take about `limit` at most.
Result<BatchChoice> choose_batch_tokens(std::chrono::duration<double> limit, std::size_t most,
                                        const std::function<Result<double>(std::size_t)>& seconds);

using ForwardBatch = std::function<Status(const PackedTokens&)>;

// Runs passes over one text of each size that this device computes faster when it is repeated
// (DeviceInfo::repeated_tokens), as often as needed. The text is `text`, valid for the model, repeated.
Status repeat_sizes(const DeviceInfo& device, const ModelConfig& config, std::span<const std::int32_t> text,
                    const ForwardBatch& forward);

// choose_batch_tokens() with passes over copies of `text`.
Result<BatchChoice> tune_batch_tokens(const DeviceInfo& device, const ModelConfig& config,
                                      std::span<const std::int32_t> text, const ForwardBatch& forward);

}  // namespace rappel
