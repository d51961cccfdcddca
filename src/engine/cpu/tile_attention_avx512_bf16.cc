// AVX-512 BF16: products of pairs of bfloat16, summed in float32 lanes; for processors without AMX.
#include "engine/cpu/tile_attention.h"

#if defined(__x86_64__)
#ifndef __clang__
// The intrinsics cause warnings in a header of GCC 12.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define RAPPEL_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#include "engine/cpu/row_places.h"
#include "engine/cpu/tile_attention-inl.h"

namespace rappel::cpu {
namespace {

void begin_tiles() {}
void end_tiles() {}

constexpr int kHeight = 8;  // rows of a product, by two vectors of queries

// out[row][query] (+)= sum over pairs of left[row][pair] * right[pair][query]. Pairs are stored in
// tiles of 16: on the left, the tiles of a row are `tile` bytes apart; on the right, rows have `kRight` bytes
// and their second vector is `kSecond` bytes after the first.
struct ProductSides {
  const std::byte* left;
  std::size_t left_stride, left_tile;
  const std::byte* right;
  std::size_t right_tile;
  std::size_t pairs;
  float* out;  // rows of kRowBytes
  bool add;
};

// Inline assembler, because with intrinsics GCC 12 spills some of the sums to the stack.
RAPPEL_TARGET inline void dot(__m512& sum, __m512 a, __m512 b) {
  __asm__("vdpbf16ps %[b], %[a], %[sum]" : [sum] "+v"(sum) : [a] "v"(a), [b] "v"(b));
}

template <int kRow>
RAPPEL_TARGET inline void dot_row(__m512 (&sums)[2], const RowPlaces& left, __m512 first, __m512 second) {
  const __m512 pair = _mm512_set1_ps(*reinterpret_cast<const float*>(row_place<kRow>(left)));
  dot(sums[0], pair, first);
  dot(sums[1], pair, second);
}

RAPPEL_TARGET inline void begin_row(const ProductSides& sides, std::size_t row, __m512 (&sums)[2]) {
  const float* from = sides.out + row * kQueries;
  sums[0] = sides.add ? _mm512_load_ps(from) : _mm512_setzero_ps();
  sums[1] = sides.add ? _mm512_load_ps(from + kLanes) : _mm512_setzero_ps();
}

RAPPEL_TARGET inline void end_row(const ProductSides& sides, std::size_t row, const __m512 (&sums)[2]) {
  _mm512_store_ps(sides.out + row * kQueries, sums[0]);
  _mm512_store_ps(sides.out + row * kQueries + kLanes, sums[1]);
}

template <std::size_t kRight, std::size_t kSecond, int... kRow>
RAPPEL_TARGET inline void multiply_rows(const ProductSides& sides, std::integer_sequence<int, kRow...>) {
  constexpr int kRows = sizeof...(kRow);
  __m512 sums[kRows][2];
  (begin_row(sides, kRow, sums[kRow]), ...);
  RowPlaces left(sides.left, sides.left_stride);
  const std::byte* right = sides.right;
  const std::size_t left_step = sides.left_tile - 64, right_step = sides.right_tile - 16 * kRight;
  for (std::size_t pairs = sides.pairs; pairs != 0;) {
    const std::size_t count = std::min<std::size_t>(pairs, 16);
    for (const std::byte* end = right + count * kRight; right != end; right += kRight) {
      forget<kRows>(left);
      const __m512 first = _mm512_load_ps(right), second = _mm512_load_ps(right + kSecond);
      (dot_row<kRow>(sums[kRow], left, first, second), ...);
      left.advance(4);
    }
    left.advance(left_step);
    right += right_step;
    pairs -= count;
  }
  (end_row(sides, kRow, sums[kRow]), ...);
}

template <std::size_t kRight, std::size_t kSecond>
RAPPEL_TARGET void multiply(const ProductSides& sides) {
  multiply_rows<kRight, kSecond>(sides, std::make_integer_sequence<int, kHeight>());
}

RAPPEL_TARGET void score_block(const Group& group, const std::byte* packed, std::size_t keys) {
  const std::size_t size = group.args.size;
  for (std::size_t key = 0; key < keys; key += kHeight) {
    const std::byte* left = packed + key / kTileKeys * tile_keys_bytes(size) + key % kTileKeys * 2 * size;
    multiply<64, 16 * 64>({.left = left,
                           .left_stride = 2 * size,
                           .left_tile = 64,
                           .right = group.queries,
                           .right_tile = 2 * 16 * 64,
                           .pairs = size / 2,
                           .out = group.scores + key * kQueries,
                           .add = false});
  }
}

RAPPEL_TARGET void sum_block(const Group& group, const std::byte* packed, std::size_t keys, bool first) {
  const std::size_t size = group.args.size;
  const std::byte* values = packed + 2 * kTileKeys * size;
  for (std::size_t i = 0; i < size; i += kHeight)
    multiply<kRowBytes, 64>({.left = values + i * 64,
                             .left_stride = 64,
                             .left_tile = tile_keys_bytes(size),
                             .right = group.weights,
                             .right_tile = 16 * kRowBytes,
                             .pairs = (keys + 1) / 2,
                             .out = group.sums + i * kQueries,
                             .add = !first});
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__x86_64__)
const TileAttention* avx512_bf16_attention() {
  static constexpr TileAttention attention{
      .feature = "AVX-512 BF16", .supports = &supports, .pack_keys = &pack_keys, .attend = &attend};
  return &attention;
}
#else
const TileAttention* avx512_bf16_attention() { return nullptr; }
#endif

}  // namespace rappel::cpu
