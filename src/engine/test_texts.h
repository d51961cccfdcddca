// Texts of random token ids for models of TestModel's vocabulary, and a batch of them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/encoder.h"
#include "engine/packed_tokens.h"
#include "engine/test_model.h"

namespace rappel {

using Ids = std::vector<std::int32_t>;
using Texts = std::vector<Ids>;

inline constexpr HeadRequest kEverything{.dense = true, .sparse = true, .colbert = true, .hidden = true};

// The same ones for the same lengths.
inline Texts random_texts(const std::vector<std::size_t>& lengths) {
  TestRandom random(3);
  Texts texts;
  for (const std::size_t length : lengths)
    for (std::int32_t& id : texts.emplace_back(length)) id = static_cast<std::int32_t>(random.below(50));
  return texts;
}

inline PackedTokens pack(const Texts& texts, const ModelConfig& config) {
  PackedTokens batch;
  for (const Ids& ids : texts) batch.append(ids, {}, config);
  return batch;
}

}  // namespace rappel
