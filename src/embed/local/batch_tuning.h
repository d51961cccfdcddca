// Batch tuning: how many tokens a forward pass should take on this device, at this precision, for this model.
//
// Larger batches are faster up to a point, and a query waits for the batch that is running: the smallest one
// that is nearly as fast as any is wanted. That is measured, in bounded time. Sizes whose passes do not fit
// into that time are left out: on an engine that slow a query would wait too long for them.
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

// A choice lies between this and the device's most_batch_tokens, which is also what is taken where nothing
// was measured.
inline constexpr std::size_t kLeastBatchTokens = 256;

struct BatchChoice {
  std::size_t tokens = 0;
  bool given = false;                                    // not measured: a setting
  std::vector<std::pair<std::size_t, double>> measured;  // batch tokens and tokens per second

  std::string to_string() const;  // "512 tokens (256: 7010/s, 512: 7390/s, 1024: 7420/s)"
};

// `seconds(tokens)`: the duration of a forward pass over so many. Called with 64 tokens first, then with each
// size up to `most` twice; at most about `limit` in all, but for the first call.
Result<BatchChoice> choose_batch_tokens(std::chrono::duration<double> limit, std::size_t most,
                                        const std::function<Result<double>(std::size_t)>& seconds);

using ForwardBatch = std::function<Status(const PackedTokens&)>;

// Passes over one text of each size that this device computes faster when it comes again
// (DeviceInfo::repeated_tokens), as often as it takes. The text is `text`, a valid one for the model, over
// and over.
Status repeat_sizes(const DeviceInfo& device, const ModelConfig& config, std::span<const std::int32_t> text,
                    const ForwardBatch& forward);

// choose_batch_tokens() with passes over copies of `text`.
Result<BatchChoice> tune_batch_tokens(const DeviceInfo& device, const ModelConfig& config,
                                      std::span<const std::int32_t> text, const ForwardBatch& forward);

}  // namespace rappel
