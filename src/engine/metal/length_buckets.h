// Groups the texts of a packed batch by similar length for attention; each text is padded to the length of
// its bucket.
//
// MLX has no attention over packed texts of different lengths; it expects [texts, heads, length, size]. The
// bucket of a text depends on its own length alone, so that its result does not depend on the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/packed_tokens.h"

namespace rappel::metal {

// The padded length of a text of `tokens` >= 1 tokens: a multiple of 8, at least `tokens`; above 32 at most
// 25 % more.
std::size_t bucket_length(std::size_t tokens);

struct Bucket {
  std::size_t length = 0;
  std::vector<std::size_t> texts;  // indexes into the batch, in its order
  std::vector<std::int32_t>
      token_rows;                      // [texts, length]: row of the batch; padding refers to the first token
  std::vector<std::uint8_t> is_token;  // [texts, length]: 1, or 0 for padding
};

struct LengthBuckets {
  std::vector<Bucket> buckets;  // shortest first
  // The inverse mapping, into the concatenated rows of all buckets: row of each token of the batch; and, with
  // one row per text, row of each text.
  std::vector<std::int32_t> rows_of_tokens, rows_of_texts;
};

LengthBuckets bucket_by_length(const PackedTokens& batch);

}  // namespace rappel::metal
