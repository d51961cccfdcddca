// NaN and infinity end in an error, never in an answer.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/status.h"

namespace rappel {

inline bool all_finite(std::span<const float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

// kCorrupt with the id model-damaged. `precision`: the setting that widens the numbers.
inline Status not_finite(const std::string& model, const char* precision) {
  return Status(Code::kCorrupt,
                "model " + model +
                    " gave a number that is NaN or infinite: its weights are damaged (`rappel "
                    "model pull` fetches them again), or need " +
                    precision + "=float32")
      .with_id("model-damaged");
}

}  // namespace rappel
