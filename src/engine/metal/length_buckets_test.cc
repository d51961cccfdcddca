#include "engine/metal/length_buckets.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace rappel::metal {
namespace {

PackedTokens batch_of(const std::vector<int>& lengths) {
  PackedTokens batch;
  for (const int length : lengths) {
    batch.ids.resize(batch.ids.size() + static_cast<std::size_t>(length));
    batch.starts.push_back(static_cast<std::int32_t>(batch.ids.size()));
  }
  return batch;
}

TEST(LengthBuckets, PaddingIsLimited) {
  std::set<std::size_t> lengths;
  for (std::size_t tokens = 1; tokens <= 8192; ++tokens) {
    const std::size_t length = bucket_length(tokens);
    lengths.insert(length);
    ASSERT_GE(length, tokens);
    ASSERT_EQ(length % 8, 0u);
    ASSERT_LT(length, tokens + std::max<std::size_t>(8, tokens / 4 + 1)) << tokens;
    ASSERT_GE(bucket_length(tokens + 1), length);
  }
  EXPECT_LE(lengths.size(), 40u);
  EXPECT_EQ(bucket_length(8192), 8192u);
}

TEST(LengthBuckets, TokensRoundTrip) {
  for (const std::vector<int>& lengths :
       {std::vector<int>{1}, {8, 8}, {3, 150, 1, 40, 16, 17, 300, 8, 29, 2, 95}, {9, 1, 9, 1, 10, 16}}) {
    const PackedTokens batch = batch_of(lengths);
    const LengthBuckets plan = bucket_by_length(batch);
    std::vector<std::int32_t> all_rows, first_rows;
    std::size_t texts = 0;
    for (const Bucket& bucket : plan.buckets) {
      ASSERT_EQ(bucket.token_rows.size(), bucket.texts.size() * bucket.length);
      ASSERT_EQ(bucket.is_token.size(), bucket.token_rows.size());
      for (std::size_t i = 0; i < bucket.texts.size(); ++i) {
        const std::size_t text = bucket.texts[i], at = i * bucket.length;
        const auto tokens = static_cast<std::size_t>(lengths[text]);
        EXPECT_EQ(bucket.length, bucket_length(tokens));
        for (std::size_t place = 0; place < bucket.length; ++place) {
          EXPECT_EQ(bucket.is_token[at + place], place < tokens);
          const auto row = static_cast<std::size_t>(bucket.token_rows[at + place]);
          EXPECT_EQ(row, static_cast<std::size_t>(batch.starts[text]) + (place < tokens ? place : 0));
        }
        first_rows.push_back(bucket.token_rows[at]);
      }
      all_rows.insert(all_rows.end(), bucket.token_rows.begin(), bucket.token_rows.end());
      texts += bucket.texts.size();
    }
    EXPECT_EQ(texts, batch.texts());
    for (std::size_t t = 0; t < batch.tokens(); ++t)
      EXPECT_EQ(all_rows[static_cast<std::size_t>(plan.rows_of_tokens[t])], static_cast<std::int32_t>(t));
    for (std::size_t text = 0; text < batch.texts(); ++text)
      EXPECT_EQ(first_rows[static_cast<std::size_t>(plan.rows_of_texts[text])], batch.starts[text]);
  }
}

}  // namespace
}  // namespace rappel::metal
