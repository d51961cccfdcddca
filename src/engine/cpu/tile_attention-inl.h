// Attention in bfloat16 except for its two matrix products, which the including file defines.
//
// Scores are transposed, [key][query], so that the softmax runs down the columns with one lane per query and
// the weights are already in the layout of the right operand of the second product. The including file
// defines RAPPEL_TARGET (the function attribute for the instruction set, at least AVX-512), includes this
// file, and defines the four functions declared below.
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "engine/cpu/tile_attention.h"

namespace rappel::cpu {
namespace {

constexpr std::size_t kLanes = 16, kQueries = 2 * kLanes;  // queries of a group: two adjacent tiles
constexpr std::size_t kRowBytes = kQueries * sizeof(float);

// Two floats as bfloat16 in one 32-bit lane, `low` in the lower half.
RAPPEL_TARGET inline __m512i pair_bf16(__m512 low, __m512 high) {
  const __m512i half = _mm512_set1_epi32(0x8000);
  const __m512i a = _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(low), half), 16);
  const __m512i b = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(high), half),
                                     _mm512_set1_epi32(static_cast<int>(0xffff0000u)));
  return _mm512_or_si512(a, b);
}

// Transposes 16 rows of 16 lanes.
RAPPEL_TARGET inline void transpose16(__m512i (&rows)[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  // rows[4 q + c] holds columns c, c + 4, c + 8, c + 12 of rows 4 q .. 4 q + 3, 128 bits each.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i low01 = _mm512_shuffle_i32x4(rows[c], rows[c + 4], 0x88),
                  high01 = _mm512_shuffle_i32x4(rows[c], rows[c + 4], 0xdd),
                  low23 = _mm512_shuffle_i32x4(rows[c + 8], rows[c + 12], 0x88),
                  high23 = _mm512_shuffle_i32x4(rows[c + 8], rows[c + 12], 0xdd);
    t[c] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    t[c + 8] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
    t[c + 4] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    t[c + 12] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) rows[i] = t[i];
}

// Converts 32 floats to 32 bfloat16, in order.
RAPPEL_TARGET inline __m512i load_bf16(const float* from, __m512 scale) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
                odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const __m512 a = _mm512_mul_ps(_mm512_loadu_ps(from), scale),
               b = _mm512_mul_ps(_mm512_loadu_ps(from + kLanes), scale);
  return pair_bf16(_mm512_permutex2var_ps(a, even, b), _mm512_permutex2var_ps(a, odd, b));
}

// Keys, [key][size], followed by transposed values, [size][key]; missing keys are zero.
RAPPEL_TARGET void pack_keys(const PackKeysArgs& args) {
  const __m512 one = _mm512_set1_ps(1.0f);
  std::byte* keys = args.out;
  for (std::size_t key = 0; key < kTileKeys; ++key)
    for (std::size_t i = 0; i < args.size; i += kTileKeys, keys += 64)
      _mm512_store_si512(
          keys, key < args.keys ? load_bf16(args.key + key * args.stride + i, one) : _mm512_setzero_si512());
  for (std::size_t i = 0; i < args.size; i += kLanes, keys += kLanes * 64) {
    __m512i rows[16];
    for (std::size_t pair = 0; pair < 16; ++pair) {
      __m512 value[2];
      for (std::size_t n = 0; n < 2; ++n)
        value[n] = 2 * pair + n < args.keys ? _mm512_loadu_ps(args.value + (2 * pair + n) * args.stride + i)
                                            : _mm512_setzero_ps();
      rows[pair] = pair_bf16(value[0], value[1]);
    }
    transpose16(rows);
    for (std::size_t row = 0; row < 16; ++row) _mm512_store_si512(keys + row * 64, rows[row]);
  }
}

// Layout of the scratch memory of a group, in rows of kRowBytes.
struct Group {
  const TileAttentionArgs& args;
  std::size_t first, count;  // queries of the task
  std::byte* queries;        // tiles [size / 32][half], pairs of columns by query
  float* scores;             // [key][query]
  std::byte* weights;        // [pair of keys][query], bfloat16
  float* sums;               // sums of value times weight, [size][query]
  float* maximum;            // [query]
  float* weight;             // sum of weights, [query]
};

// Defined by the including file. `packed` starts at the first key of the block; a block has at most kKeyBlock
// keys.
void begin_tiles();
void end_tiles();
// Computes the scores of the block's keys. Rows from the last key to the end of its tile may get any value.
void score_block(const Group& group, const std::byte* packed, std::size_t keys);
// Adds the weighted values of the block to the sums, or starts the sums.
void sum_block(const Group& group, const std::byte* packed, std::size_t keys, bool first);

// Scores are exponents of two. Lanes after the last query repeat it; their results are not used.
RAPPEL_TARGET void load_queries(const Group& group) {
  const TileAttentionArgs& args = group.args;
  const __m512 scale = _mm512_set1_ps(1.44269504f / std::sqrt(static_cast<float>(args.size)));
  std::byte* to = group.queries;
  for (std::size_t i = 0; i < args.size; i += 32)
    for (std::size_t half = 0; half < 2; ++half, to += 16 * 64) {
      __m512i rows[16];
      for (std::size_t n = 0; n < kLanes; ++n) {
        const std::size_t query = group.first + std::min(half * kLanes + n, group.count - 1);
        rows[n] = load_bf16(args.query + query * args.stride + i, scale);
      }
      transpose16(rows);
      for (std::size_t n = 0; n < 16; ++n) _mm512_store_si512(to + n * 64, rows[n]);
    }
}

// 2^x for x <= 0, relative error 1.1e-4.
RAPPEL_TARGET inline __m512 exp2_of(__m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 r = _mm512_sub_ps(x, whole);
  __m512 g = _mm512_fmadd_ps(_mm512_set1_ps(0.05500893294811249f), r, _mm512_set1_ps(0.2422109693288803f));
  g = _mm512_fmadd_ps(g, r, _mm512_set1_ps(0.6932829022407532f));
  return _mm512_scalef_ps(_mm512_fmadd_ps(g, r, _mm512_set1_ps(1.0f)), whole);
}

// Converts half a block of scores to weights and rescales earlier sums to the new maximum.
RAPPEL_TARGET void softmax_half(const Group& group, std::size_t half, std::size_t keys, bool first) {
  const float* scores = group.scores + half * kLanes;
  const __m512 before = _mm512_load_ps(first ? scores : group.maximum + half * kLanes);
  __m512 maximum = before;
  for (std::size_t key = 0; key < keys; ++key)
    maximum = _mm512_max_ps(maximum, _mm512_load_ps(scores + key * kQueries));
  __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
  std::byte* to = group.weights + half * 64;
  std::size_t key = 0;
  for (; key + 2 <= keys; key += 2, to += kRowBytes) {
    const __m512 a = exp2_of(_mm512_sub_ps(_mm512_load_ps(scores + key * kQueries), maximum)),
                 b = exp2_of(_mm512_sub_ps(_mm512_load_ps(scores + (key + 1) * kQueries), maximum));
    even = _mm512_add_ps(even, a);
    odd = _mm512_add_ps(odd, b);
    _mm512_store_si512(to, pair_bf16(a, b));
  }
  if (key < keys) {
    const __m512 a = exp2_of(_mm512_sub_ps(_mm512_load_ps(scores + key * kQueries), maximum));
    even = _mm512_add_ps(even, a);
    _mm512_store_si512(to, pair_bf16(a, _mm512_setzero_ps()));
    key += 2;
    to += kRowBytes;
  }
  for (; key % kTileKeys != 0; key += 2, to += kRowBytes) _mm512_store_si512(to, _mm512_setzero_si512());
  __m512 weight = _mm512_add_ps(even, odd);
  if (!first) {
    const __m512 shrink = exp2_of(_mm512_sub_ps(before, maximum));
    weight = _mm512_fmadd_ps(_mm512_load_ps(group.weight + half * kLanes), shrink, weight);
    float* sums = group.sums + half * kLanes;
    for (std::size_t i = 0; i < group.args.size; ++i)
      _mm512_store_ps(sums + i * kQueries, _mm512_mul_ps(_mm512_load_ps(sums + i * kQueries), shrink));
  }
  _mm512_store_ps(group.maximum + half * kLanes, maximum);
  _mm512_store_ps(group.weight + half * kLanes, weight);
}

RAPPEL_TARGET void store_results(const Group& group) {
  const TileAttentionArgs& args = group.args;
  for (std::size_t half = 0; half * kLanes < group.count; ++half) {
    const __m512 scale = _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_load_ps(group.weight + half * kLanes));
    const std::size_t queries = std::min(kLanes, group.count - half * kLanes);
    float* out = args.out + (group.first + half * kLanes) * args.out_stride;
    for (std::size_t i = 0; i < args.size; i += 16) {
      __m512i rows[16];
      for (std::size_t n = 0; n < 16; ++n)
        rows[n] = _mm512_castps_si512(
            _mm512_mul_ps(_mm512_load_ps(group.sums + (i + n) * kQueries + half * kLanes), scale));
      transpose16(rows);
      for (std::size_t n = 0; n < queries; ++n) _mm512_storeu_si512(out + n * args.out_stride + i, rows[n]);
    }
  }
}

RAPPEL_TARGET void attend(const TileAttentionArgs& args) {
  std::byte* at = args.scratch;
  const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + bytes); };
  std::byte* queries = take(64 * args.size);
  auto* scores = reinterpret_cast<float*>(take(kKeyBlock * kRowBytes));
  std::byte* weights = take(kKeyBlock / 2 * kRowBytes);
  auto* sums = reinterpret_cast<float*>(take(args.size * kRowBytes));
  auto* state = reinterpret_cast<float*>(take(2 * kRowBytes));
  begin_tiles();
  for (std::size_t first = 0; first < args.queries; first += kQueries) {
    const Group group{.args = args,
                      .first = first,
                      .count = std::min(kQueries, args.queries - first),
                      .queries = queries,
                      .scores = scores,
                      .weights = weights,
                      .sums = sums,
                      .maximum = state,
                      .weight = state + kQueries};
    load_queries(group);
    const std::byte* packed = args.packed;
    for (std::size_t key = 0; key < args.keys; key += kKeyBlock) {
      const std::size_t keys = std::min(kKeyBlock, args.keys - key);
      score_block(group, packed, keys);
      softmax_half(group, 0, keys, key == 0);
      softmax_half(group, 1, keys, key == 0);
      sum_block(group, packed, keys, key == 0);
      packed += (keys + kTileKeys - 1) / kTileKeys * tile_keys_bytes(args.size);
    }
    store_results(group);
  }
  end_tiles();
}

// Whole tiles of 32 inputs; a larger head does not fit into the scratch.
bool supports(std::size_t size) { return size % 32 == 0 && size <= 128; }

}  // namespace
}  // namespace rappel::cpu
