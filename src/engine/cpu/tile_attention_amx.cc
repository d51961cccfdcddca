// AMX: scores and sums of values as 16 x 16 tiles of bfloat16 products.
#include "engine/cpu/tile_attention.h"

#if defined(__x86_64__)
#ifndef __clang__
// The intrinsics cause warnings in a header of GCC 12.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define RAPPEL_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16")))
#include "engine/cpu/amx_tiles.h"
#include "engine/cpu/tile_attention-inl.h"

namespace rappel::cpu {
namespace {

RAPPEL_TARGET void begin_tiles() { _tile_loadconfig(kTileConfig); }
// Otherwise the system saves 8 KiB at each context switch.
RAPPEL_TARGET void end_tiles() { _tile_release(); }

RAPPEL_TARGET void score_block(const Group& group, const std::byte* packed, std::size_t keys) {
  const std::size_t size = group.args.size;
  float* to = group.scores;
  for (std::size_t tiles = (keys + kTileKeys - 1) / kTileKeys; tiles != 0;
       --tiles, packed += tile_keys_bytes(size), to += kTileKeys * kQueries) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (std::size_t i = 0; i < size; i += 32) {
      const std::byte* queries = group.queries + i / 32 * 2 * 16 * 64;
      _tile_loadd(4, packed + 2 * i, 2 * size);
      _tile_loadd(5, packed + 2 * i + 16 * 2 * size, 2 * size);
      _tile_loadd(6, queries, 64);
      _tile_loadd(7, queries + 16 * 64, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, to, kRowBytes);
    _tile_stored(1, to + kLanes, kRowBytes);
    _tile_stored(2, to + kLanes * kQueries, kRowBytes);
    _tile_stored(3, to + kLanes * kQueries + kLanes, kRowBytes);
  }
}

RAPPEL_TARGET void sum_block(const Group& group, const std::byte* packed, std::size_t keys, bool first) {
  const std::size_t size = group.args.size, tiles = (keys + kTileKeys - 1) / kTileKeys;
  const std::byte* values = packed + 2 * kTileKeys * size;
  for (std::size_t i = 0; i < size; i += 32) {
    float* sums = group.sums + i * kQueries;
    float* below = sums + kLanes * kQueries;
    if (first) {
      _tile_zero(0);
      _tile_zero(1);
      _tile_zero(2);
      _tile_zero(3);
    } else {
      _tile_loadd(0, sums, kRowBytes);
      _tile_loadd(1, sums + kLanes, kRowBytes);
      _tile_loadd(2, below, kRowBytes);
      _tile_loadd(3, below + kLanes, kRowBytes);
    }
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const std::byte* rows = values + tile * tile_keys_bytes(size) + i * 64;
      const std::byte* weights = group.weights + tile * kTileKeys / 2 * kRowBytes;
      _tile_loadd(4, rows, 64);
      _tile_loadd(5, rows + 16 * 64, 64);
      _tile_loadd(6, weights, kRowBytes);
      _tile_loadd(7, weights + 64, kRowBytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums, kRowBytes);
    _tile_stored(1, sums + kLanes, kRowBytes);
    _tile_stored(2, below, kRowBytes);
    _tile_stored(3, below + kLanes, kRowBytes);
  }
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__x86_64__)
const TileAttention* amx_attention() {
  static constexpr TileAttention attention{
      .feature = "AMX-BF16", .supports = &supports, .pack_keys = &pack_keys, .attend = &attend};
  return &attention;
}
#else
const TileAttention* amx_attention() { return nullptr; }
#endif

}  // namespace rappel::cpu
