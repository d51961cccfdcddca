#include "engine/cpu/tile_attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "engine/cpu/cpu_features.h"
#include "engine/cpu/memory.h"
#include "engine/cpu/target.h"

namespace rappel::cpu {
namespace {

// To bfloat16 and back, ties away from zero.
double rounded(float value) {
  return static_cast<double>(
      std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 0x8000u) & 0xffff0000u));
}

struct Text {
  std::size_t keys, size, stride;
  std::vector<float> rows;  // query, key, value; NaN after the last row

  Text(std::size_t count, std::size_t width) : keys(count), size(width), stride(3 * width + 16) {
    std::mt19937 random(static_cast<std::uint32_t>(count * 1000 + width));
    std::normal_distribution<float> normal(0.0f, 1.5f);
    rows.assign((count + kTileKeys) * stride, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t row = 0; row < count; ++row)
      for (std::size_t i = 0; i < 3 * width; ++i) rows[row * stride + i] = normal(random);
  }
  const float* query(std::size_t row) const { return rows.data() + row * stride; }
  const float* key(std::size_t row) const { return query(row) + size; }
  const float* value(std::size_t row) const { return query(row) + 2 * size; }
};

Floats packed_keys(const TileAttention& tiles, const Text& text) {
  Floats packed;
  EXPECT_TRUE(packed.allocate((text.keys + kTileKeys) * text.size));
  auto* to = reinterpret_cast<std::byte*>(packed.data());
  for (std::size_t first = 0; first < text.keys; first += kTileKeys, to += tile_keys_bytes(text.size))
    tiles.pack_keys({text.key(first), text.value(first), text.stride, std::min(kTileKeys, text.keys - first),
                     text.size, to});
  return packed;
}

std::vector<double> plain(const Text& text, std::size_t query) {
  const float scale = 1.44269504f / std::sqrt(static_cast<float>(text.size));
  std::vector<double> scores(text.keys), out(text.size);
  double sum = 0;
  for (std::size_t key = 0; key < text.keys; ++key)
    for (std::size_t i = 0; i < text.size; ++i)
      scores[key] += rounded(text.query(query)[i] * scale) * rounded(text.key(key)[i]);
  const double most = *std::max_element(scores.begin(), scores.end());
  for (double& score : scores) sum += score = std::exp2(score - most);
  for (std::size_t key = 0; key < text.keys; ++key)
    for (std::size_t i = 0; i < text.size; ++i) out[i] += scores[key] / sum * rounded(text.value(key)[i]);
  return out;
}

std::vector<BuiltTarget> targets_with_attention() {
  std::vector<BuiltTarget> list;
  for (const BuiltTarget& target : built_targets())
    if (target.attention != nullptr) list.push_back(target);
  return list;
}

class TileAttentions : public testing::TestWithParam<BuiltTarget> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TileAttentions);  // aarch64 has none
INSTANTIATE_TEST_SUITE_P(Targets, TileAttentions, testing::ValuesIn(targets_with_attention()),
                         [](const auto& test) { return test.param.name; });

TEST_P(TileAttentions, MatchNaiveAttention) {
  const TileAttention* tiles = GetParam().attention;
  if (!missing_features(std::span(&tiles->feature, 1)).empty())
    GTEST_SKIP() << "this machine has no " << tiles->feature;
  EXPECT_FALSE(tiles->supports(24));
  for (const std::size_t size : {32, 64, 96, 128}) {
    ASSERT_TRUE(tiles->supports(size));
    Floats scratch;
    ASSERT_TRUE(scratch.allocate(tile_attention_scratch(size) / sizeof(float)));
    for (const std::size_t keys : {1, 2, 15, 16, 17, 31, 32, 33, 127, 128, 129, 161, 300}) {
      const Text text(keys, size);
      const Floats packed = packed_keys(*tiles, text);
      const std::size_t queries = std::min(keys, kTaskQueries), out_stride = size + 16;
      std::vector<float> out((queries + 1) * out_stride, 11.0f), one(size);
      TileAttentionArgs args{
          text.query(0), text.stride, queries,    reinterpret_cast<const std::byte*>(packed.data()), keys,
          size,          out.data(),  out_stride, reinterpret_cast<std::byte*>(scratch.data())};
      tiles->attend(args);
      for (std::size_t query = 0; query < queries; ++query) {
        const std::vector<double> want = plain(text, query);
        // The relative error of each weight is at most 2^-9, that of their mean less; values are within 7.
        for (std::size_t i = 0; i < size; ++i)
          ASSERT_NEAR(out[query * out_stride + i], want[i], 0.014)
              << size << " " << keys << " query " << query;
        for (std::size_t i = size; i < out_stride; ++i) ASSERT_EQ(out[query * out_stride + i], 11.0f);
      }
      for (std::size_t i = 0; i < out_stride; ++i) ASSERT_EQ(out[queries * out_stride + i], 11.0f);
      // Bit-identical for the last query alone.
      args.query = text.query(queries - 1);
      args.queries = 1;
      args.out = one.data();
      tiles->attend(args);
      ASSERT_TRUE(
          std::equal(one.begin(), one.end(), out.begin() + static_cast<long>((queries - 1) * out_stride)))
          << size << " " << keys;
    }
  }
}

}  // namespace
}  // namespace rappel::cpu
