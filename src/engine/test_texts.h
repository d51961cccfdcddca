// Texts of random token ids for models made by TestModel, batches of them, and comparison of results.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/encoder.h"
#include "engine/packed_tokens.h"
#include "engine/test_model.h"

namespace rappel {

using Ids = std::vector<std::int32_t>;
using Texts = std::vector<Ids>;

inline constexpr HeadRequest kEverything{.dense = true, .sparse = true, .colbert = true, .hidden = true};

// Deterministic: the same lengths give the same texts.
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

// For the rows of two matrices; -1 if their sizes differ.
inline double least_cosine(const std::vector<float>& a, const std::vector<float>& b, std::size_t columns) {
  if (a.size() != b.size()) return -1;
  double least = 1;
  for (std::size_t row = 0; row < a.size(); row += columns) {
    double dot = 0, aa = 0, bb = 0;
    for (std::size_t i = row; i < row + columns; ++i) {
      dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
      aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
      bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    least = std::min(least, dot / std::sqrt(aa * bb));
  }
  return least;
}

}  // namespace rappel
