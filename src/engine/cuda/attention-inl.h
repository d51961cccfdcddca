// Attention over packed tokens: a block processes one tile of queries (AttentionTile) of one head and
// iterates over the keys of the text from its first token, with the running maximum and sum of an online
// softmax. Included like kernels-inl.h.
#pragma once

#include <type_traits>

#include "engine/cuda/commands.h"
#include "engine/cuda/kernels-inl.h"

namespace rappel::cuda {

// Any head size up to kMostHeadSize and any floating-point element type: one warp per query, one lane per
// key and then per column. For float32 and for shapes that the tensor core kernel does not support.
template <class T>
__global__ void plain_attention_kernel(AttentionCommand command) {
  __shared__ float query_of[kWarps][kMostHeadSize];
  __shared__ float weight_of[kWarps][kWarp];
  constexpr int kPerLane = kMostHeadSize / kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp, lane = static_cast<int>(threadIdx.x) % kWarp;
  const AttentionTile tile = command.tiles[blockIdx.x];
  const int size = command.size, column = static_cast<int>(blockIdx.y) * size;
  const int hidden = command.heads * size;
  for (int query = warp; query < tile.queries; query += kWarps) {
    const T* q = row_of<const T>(command.qkv, tile.text_begin + tile.first + query) + column;
    for (int i = lane; i < size; i += kWarp) query_of[warp][i] = to_float(q[i]) * command.scale;
    float sums[kPerLane] = {}, largest = -INFINITY, total = 0;
    __syncwarp();
    for (int first = 0; first < tile.keys; first += kWarp) {
      float score = -INFINITY;
      if (first + lane < tile.keys) {
        const T* k = row_of<const T>(command.qkv, tile.text_begin + first + lane) + hidden + column;
        score = 0;
        for (int i = 0; i < size; ++i) score += query_of[warp][i] * to_float(k[i]);
      }
      const float before = largest;
      largest = fmaxf(largest, warp_max(score));
      const float shrink = exp2f(before - largest), weight = exp2f(score - largest);
      total = total * shrink + weight;
      weight_of[warp][lane] = weight;
      __syncwarp();
      const int keys = tile.keys - first < kWarp ? tile.keys - first : kWarp;
      RAPPEL_UNROLL
      for (int p = 0; p < kPerLane; ++p) {
        if (p * kWarp + lane >= size) break;
        sums[p] *= shrink;
        for (int key = 0; key < keys; ++key) {
          const T* v = row_of<const T>(command.qkv, tile.text_begin + first + key) + 2 * hidden + column;
          sums[p] += weight_of[warp][key] * to_float(v[p * kWarp + lane]);
        }
      }
      __syncwarp();
    }
    const float all = warp_sum(total);
    T* out = row_of<T>(command.out, tile.out_row + query) + column;
    RAPPEL_UNROLL
    for (int p = 0; p < kPerLane; ++p)
      if (p * kWarp + lane < size) out[p * kWarp + lane] = from_float<T>(sums[p] / all);
  }
}

constexpr int kTileKeys = 64;

// Rows of 16-bit numbers in shared memory, padded by 16 bytes so that eight rows of a 16-byte column are in
// different banks. Packets and the rows of ldmatrix have 16 bytes and are aligned to 16 bytes.
template <class T, int kSize>
struct alignas(16) SharedTile {
  T row[kTileKeys][kSize + 8];
  static_assert((kSize + 8) * sizeof(T) % 16 == 0);
};

// Bfloat16 has the range of the float32 sums of a product.
__device__ inline void make_finite(Bfloat16&, Bfloat16&) {}

// Two adjacent elements of a row.
template <class T>
__device__ unsigned pack_pair(float low, float high);
template <>
__device__ inline unsigned pack_pair<__half>(float low, float high) {
  return pack_halves(low, high);
}
template <>
__device__ inline unsigned pack_pair<Bfloat16>(float low, float high) {
  return pack_bfloat16(low, high);
}
template <class T>
__device__ float within(float value) {  // clamp to the finite range of T
  if constexpr (std::is_same_v<T, __half>) return within_half(value);
  return value;
}

// sums += a b, of fragments of 16-bit numbers (warp_matrix-inl.h).
template <class T>
__device__ void multiply_add(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  if constexpr (std::is_same_v<T, __half>)
    multiply_add_halves(sums, a, b0, b1);
  else
    multiply_add_bfloat16(sums, a, b0, b1);
}

// The part of 64 rows of kSize numbers that one thread copies from device to shared memory.
template <class T, int kSize>
struct TileLoad {
  static constexpr int kPerRow = kSize / 8, kParts = kTileKeys * kPerRow / kThreads;
  Packet<T> part[kParts];

  // Rows from `limit` on are zeros.
  __device__ void load(const T* rows, std::int64_t stride, int limit) {
    RAPPEL_UNROLL
    for (int p = 0; p < kParts; ++p) {
      const int place = p * kThreads + static_cast<int>(threadIdx.x), row = place / kPerRow;
      if (row < limit) {
        part[p] = *reinterpret_cast<const Packet<T>*>(rows + row * stride + place % kPerRow * 8);
      } else {
        RAPPEL_UNROLL
        for (int i = 0; i < 8; ++i) part[p].value[i] = from_float<T>(0.0f);
      }
    }
  }
  // Clamps infinities from overflowed products. load() does not do this, because it would wait for its loads.
  __device__ void store(SharedTile<T, kSize>& tile) {
    RAPPEL_UNROLL
    for (int p = 0; p < kParts; ++p) {
      const int place = p * kThreads + static_cast<int>(threadIdx.x);
      RAPPEL_UNROLL
      for (int i = 0; i < 8; i += 2) make_finite(part[p].value[i], part[p].value[i + 1]);
      *reinterpret_cast<Packet<T>*>(&tile.row[place / kPerRow][place % kPerRow * 8]) = part[p];
    }
  }
};

// 16-bit numbers on tensor cores: a warp computes 16 queries of the tile. In the fragments of mma.m16n8k16 a
// lane holds, of a 16 x 8 matrix of sums, rows lane / 4 and lane / 4 + 8 and columns 2 (lane % 4) and the
// next.
template <class T, int kSize>
__global__ void __launch_bounds__(kThreads, 3) tile_attention_kernel(AttentionCommand command) {
  __shared__ SharedTile<T, kSize> keys, values;
  constexpr int kColumnSteps = kSize / 16, kKeySteps = kTileKeys / 16;
  const int warp = static_cast<int>(threadIdx.x) / kWarp, lane = static_cast<int>(threadIdx.x) % kWarp;
  const AttentionTile tile = command.tiles[blockIdx.x];
  const int hidden = command.heads * kSize, column = static_cast<int>(blockIdx.y) * kSize;
  const std::int64_t stride = command.qkv.stride;
  const T* text = row_of<const T>(command.qkv, tile.text_begin) + column;
  const bool busy = warp * 16 < tile.queries;

  // Loads the queries into registers through the shared memory of the keys.
  TileLoad<T, kSize> key_load, value_load;
  key_load.load(text + tile.first * stride, stride, tile.queries);
  key_load.store(keys);
  __syncthreads();
  unsigned query[kColumnSteps][4];
  RAPPEL_UNROLL
  for (int step = 0; step < kColumnSteps; ++step)
    load_matrices(query[step], &keys.row[warp * 16 + lane % 16][step * 16 + lane / 16 * 8]);

  float sums[kSize / 8][4] = {};
  float largest[2] = {-INFINITY, -INFINITY}, total[2] = {0, 0};
  key_load.load(text + hidden, stride, tile.keys);
  value_load.load(text + 2 * hidden, stride, tile.keys);
  for (int first = 0; first < tile.keys; first += kTileKeys) {
    __syncthreads();  // no thread reads the previous tiles any more
    key_load.store(keys);
    value_load.store(values);
    __syncthreads();
    const int next = first + kTileKeys;
    if (next < tile.keys) {  // loads overlap with the computation of this tile
      key_load.load(text + hidden + next * stride, stride, tile.keys - next);
      value_load.load(text + 2 * hidden + next * stride, stride, tile.keys - next);
    }
    if (!busy) continue;

    float scores[kTileKeys / 8][4] = {};
    RAPPEL_UNROLL
    for (int pair = 0; pair < kKeySteps; ++pair) {
      RAPPEL_UNROLL
      for (int step = 0; step < kColumnSteps; ++step) {
        unsigned b[4];  // keys 0-7 and 8-15 of the pair, columns 0-7 and 8-15 each
        load_matrices(b, &keys.row[pair * 16 + lane / 16 * 8 + lane % 8][step * 16 + lane / 8 % 2 * 8]);
        multiply_add<T>(scores[2 * pair], query[step], b[0], b[1]);
        multiply_add<T>(scores[2 * pair + 1], query[step], b[2], b[3]);
      }
    }

    const int here = tile.keys - first;
    float most[2] = {largest[0], largest[1]};
    RAPPEL_UNROLL
    for (int block = 0; block < kTileKeys / 8; ++block) {
      RAPPEL_UNROLL
      for (int i = 0; i < 4; ++i) {
        const bool is_key = block * 8 + lane % 4 * 2 + i % 2 < here;
        scores[block][i] = is_key ? scores[block][i] * command.scale : -INFINITY;
        most[i / 2] = fmaxf(most[i / 2], scores[block][i]);
      }
    }
    RAPPEL_UNROLL
    for (int half = 0; half < 2; ++half) {  // the four lanes of a row
      most[half] = fmaxf(most[half], __shfl_xor_sync(kAllLanes, most[half], 1));
      most[half] = fmaxf(most[half], __shfl_xor_sync(kAllLanes, most[half], 2));
      const float shrink = exp2f(largest[half] - most[half]);
      largest[half] = most[half];
      total[half] *= shrink;
      RAPPEL_UNROLL
      for (int block = 0; block < kSize / 8; ++block) {
        sums[block][2 * half] *= shrink;
        sums[block][2 * half + 1] *= shrink;
      }
    }
    RAPPEL_UNROLL
    for (int block = 0; block < kTileKeys / 8; ++block) {
      RAPPEL_UNROLL
      for (int i = 0; i < 4; ++i) {
        scores[block][i] = exp2f(scores[block][i] - largest[i / 2]);
        total[i / 2] += scores[block][i];
      }
    }

    RAPPEL_UNROLL
    for (int step = 0; step < kKeySteps; ++step) {
      const unsigned weights[4] = {pack_pair<T>(scores[2 * step][0], scores[2 * step][1]),
                                   pack_pair<T>(scores[2 * step][2], scores[2 * step][3]),
                                   pack_pair<T>(scores[2 * step + 1][0], scores[2 * step + 1][1]),
                                   pack_pair<T>(scores[2 * step + 1][2], scores[2 * step + 1][3])};
      RAPPEL_UNROLL
      for (int pair = 0; pair < kColumnSteps; ++pair) {
        unsigned b[4];  // columns 0-7 and 8-15 of the pair, keys 0-7 and 8-15 each
        load_matrices_transposed(b, &values.row[step * 16 + lane % 16][pair * 16 + lane / 16 * 8]);
        multiply_add<T>(sums[2 * pair], weights, b[0], b[1]);
        multiply_add<T>(sums[2 * pair + 1], weights, b[2], b[3]);
      }
    }
  }
  if (!busy) return;

  RAPPEL_UNROLL
  for (int half = 0; half < 2; ++half) {
    total[half] += __shfl_xor_sync(kAllLanes, total[half], 1);
    total[half] += __shfl_xor_sync(kAllLanes, total[half], 2);
    const int query_row = warp * 16 + half * 8 + lane / 4;
    if (query_row >= tile.queries) continue;
    T* out = row_of<T>(command.out, tile.out_row + query_row) + column + lane % 4 * 2;
    RAPPEL_UNROLL
    for (int block = 0; block < kSize / 8; ++block)
      *reinterpret_cast<unsigned*>(out + block * 8) = pack_pair<T>(
          within<T>(sums[block][2 * half] / total[half]), within<T>(sums[block][2 * half + 1] / total[half]));
  }
}

}  // namespace rappel::cuda
