// How attention sees a batch whose texts lie packed one behind the other: texts of similar length together,
// each padded to its bucket's length.
//
// MLX has no attention over packed texts of different lengths; it takes [texts, heads, length, size]. A
// text's bucket follows from its own length alone, so that its numbers do not depend on its company.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/packed_tokens.h"

namespace rappel::metal {

// The length that a text of so many tokens (at least 1) is padded to: at least as many, at most a quarter
// more beyond 32; a multiple of 8.
std::size_t bucket_length(std::size_t tokens);

struct Bucket {
  std::size_t length = 0;
  std::vector<std::size_t> texts;  // of the batch, in its order
  std::vector<std::int32_t>
      token_rows;  // [texts, length]: the batch's row of each place; padding has the text's first
  std::vector<std::uint8_t> is_token;  // [texts, length]: 1, or 0 for padding
};

struct LengthBuckets {
  std::vector<Bucket> buckets;  // shortest first
  // The way back. All buckets' rows one behind another: where each token of the batch is. And the same with
  // one row per text: where each text is.
  std::vector<std::int32_t> rows_of_tokens, rows_of_texts;
};

LengthBuckets bucket_by_length(const PackedTokens& batch);

}  // namespace rappel::metal
