#include "engine/metal/length_buckets.h"

#include <algorithm>
#include <bit>
#include <map>

namespace rappel::metal {
namespace {

constexpr std::size_t kLeastStep = 8;

// Fills in the rows of the text's tokens and of the padding after them; `row` is the first of these rows
// among the rows of all buckets.
void place_text(const PackedTokens& batch, std::size_t text, std::int32_t row, Bucket& bucket,
                std::vector<std::int32_t>& rows_of_tokens) {
  const std::int32_t begin = batch.starts[text], tokens = batch.starts[text + 1] - begin;
  for (std::int32_t place = 0; place < static_cast<std::int32_t>(bucket.length); ++place) {
    const bool is_token = place < tokens;
    bucket.token_rows.push_back(is_token ? begin + place : begin);
    bucket.is_token.push_back(is_token);
    if (is_token) rows_of_tokens[static_cast<std::size_t>(begin + place)] = row + place;
  }
}

}  // namespace

std::size_t bucket_length(std::size_t tokens) {
  const std::size_t step = std::max(kLeastStep, std::bit_floor(tokens) / 4);
  return (tokens + step - 1) / step * step;
}

LengthBuckets bucket_by_length(const PackedTokens& batch) {
  std::map<std::size_t, Bucket> by_length;
  for (std::size_t text = 0; text < batch.texts(); ++text) {
    const std::size_t length =
        bucket_length(static_cast<std::size_t>(batch.starts[text + 1] - batch.starts[text]));
    by_length[length].length = length;
    by_length[length].texts.push_back(text);
  }
  LengthBuckets plan;
  plan.rows_of_tokens.resize(batch.tokens());
  plan.rows_of_texts.resize(batch.texts());
  std::int32_t row = 0, text_row = 0;
  for (auto& [length, bucket] : by_length) {
    for (const std::size_t text : bucket.texts) {
      place_text(batch, text, row, bucket, plan.rows_of_tokens);
      row += static_cast<std::int32_t>(length);
      plan.rows_of_texts[text] = text_row++;
    }
    plan.buckets.push_back(std::move(bucket));
  }
  return plan;
}

}  // namespace rappel::metal
