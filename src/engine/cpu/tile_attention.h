// TileAttention: attention in bfloat16, for encoders with quantized weights.
//
// Queries, keys, values and softmax weights are rounded to bfloat16 (nearest, ties away from zero); products
// are summed in float32, the softmax is float32 with an exponential of relative error 1.1e-4. Keys are packed
// once, kTileKeys at a time, in the layout that tiles read; then tasks of up to kTaskQueries queries read
// them. The result of a query depends on its text alone, because blocks of keys start at the first token of
// the text.
//
// Plain functions over plain memory: no threads, no allocation, no failure.
#pragma once

#include <cstddef>

#include "engine/cpu/kernels.h"

namespace rappel::cpu {

constexpr std::size_t kTileKeys = 32;

// One head of up to kTileKeys keys of one text. `out` takes tile_keys_bytes(size), 64-byte aligned.
struct PackKeysArgs {
  const float* key;    // the first key's row at this head's columns
  const float* value;  // the same
  std::size_t stride;  // of key and value rows, floats
  std::size_t keys;
  std::size_t size;
  std::byte* out;
};
constexpr std::size_t tile_keys_bytes(std::size_t size) { return 2 * 2 * kTileKeys * size; }

// One head of one text for up to kTaskQueries queries.
struct TileAttentionArgs {
  const float* query;
  std::size_t stride;
  std::size_t queries;
  const std::byte* packed;  // all keys of the text, block after block
  std::size_t keys;
  std::size_t size;
  float* out;
  std::size_t out_stride;
  std::byte* scratch;  // tile_attention_scratch(size) bytes, 64-byte aligned
};
// Queries, scores of a block of keys, their weights, sums of values, running maximum and sum.
constexpr std::size_t tile_attention_scratch(std::size_t size) {
  return 64 * size + 128 * kKeyBlock + 64 * kKeyBlock + 128 * size + 256;
}

struct TileAttention {
  const char* feature;  // required (cpu_features.h)
  bool (*supports)(std::size_t size);
  void (*pack_keys)(const PackKeysArgs&);
  void (*attend)(const TileAttentionArgs&);
};

}  // namespace rappel::cpu
