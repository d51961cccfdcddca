// The kernels, compiled by nvcc (kernels.cu) and for the emulation (test_emulated_gpu.cc). The including file
// provides the CUDA language (__global__, threadIdx, __half, __shfl_xor_sync ...) and the functions of
// warp_matrix-inl.h.
//
// Arithmetic is float32 for every element type. The order of summation depends on the row alone, so the
// result of a text does not depend on its batch. A value that would overflow a half becomes the largest half.
#pragma once

#include "codec/float16.h"
#include "engine/cuda/commands.h"

namespace rappel::cuda {

constexpr int kWarp = 32;
constexpr int kThreads = 128;  // threads of every block
constexpr int kWarps = kThreads / kWarp;
constexpr unsigned kAllLanes = ~0u;

__device__ inline float within_half(float value) {  // a NaN stays a NaN
  return fabsf(value) > kLargestHalf ? copysignf(kLargestHalf, value) : value;
}

struct Bfloat16 {
  std::uint16_t bits;
};

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(__half value) { return within_half(__half2float(value)); }
__device__ inline float to_float(Bfloat16 value) {
  return __uint_as_float(static_cast<unsigned>(value.bits) << 16);
}
template <class T>
__device__ T from_float(float value);
template <>
__device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__device__ inline __half from_float<__half>(float value) {
  return __float2half_rn(within_half(value));
}
template <>
__device__ inline Bfloat16 from_float<Bfloat16>(float value) {  // to the nearest, ties to even
  const unsigned bits = __float_as_uint(value);
  if (value != value) return {0x7fff};
  return {static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

template <class T>
__device__ T* row_of(const Rows& rows, std::int64_t row) {
  return static_cast<T*>(rows.data) + row * rows.stride;
}

// Eight aligned adjacent elements: one or two loads of 16 bytes.
struct Eight {
  float value[8];
};
template <class T, int kCount>
struct alignas(kCount * sizeof(T)) Packed {
  T value[kCount];
};
template <class T>
using Packet = Packed<T, 16 / static_cast<int>(sizeof(T))>;

template <class T>
__device__ Eight load_eight(const T* from) {
  constexpr int kPerPacket = 16 / static_cast<int>(sizeof(T));
  Eight eight;
  RAPPEL_UNROLL
  for (int p = 0; p < 8 / kPerPacket; ++p) {
    const Packet<T> packet = reinterpret_cast<const Packet<T>*>(from)[p];
    RAPPEL_UNROLL
    for (int i = 0; i < kPerPacket; ++i) eight.value[p * kPerPacket + i] = to_float(packet.value[i]);
  }
  return eight;
}

// The first `count` of them: elements after the columns of a row do not belong to this kernel.
template <class T>
__device__ void store_eight(const Eight& eight, int count, T* to) {
  constexpr int kPerPacket = 16 / static_cast<int>(sizeof(T));
  if (count >= 8) {
    RAPPEL_UNROLL
    for (int p = 0; p < 8 / kPerPacket; ++p) {
      Packet<T> packet;
      RAPPEL_UNROLL
      for (int i = 0; i < kPerPacket; ++i) packet.value[i] = from_float<T>(eight.value[p * kPerPacket + i]);
      reinterpret_cast<Packet<T>*>(to)[p] = packet;
    }
    return;
  }
  RAPPEL_UNROLL
  for (int i = 0; i < 8; ++i)
    if (i < count) to[i] = from_float<T>(eight.value[i]);
}

__device__ inline float warp_sum(float value) {
  for (int other = kWarp / 2; other > 0; other /= 2) value += __shfl_xor_sync(kAllLanes, value, other);
  return value;
}

__device__ inline float warp_max(float value) {
  for (int other = kWarp / 2; other > 0; other /= 2)
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, other));
  return value;
}

// One warp per row: lane l processes columns 8 l .. 8 l + 7, then 256 columns later. fn(first column, count).
template <class Fn>
__device__ void each_eight(int columns, Fn fn) {
  for (int column = 8 * (static_cast<int>(threadIdx.x) % kWarp); column < columns; column += 8 * kWarp)
    fn(column, columns - column < 8 ? columns - column : 8);
}

__device__ inline int warp_row() {
  return static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / kWarp;
}

// LayerNorm of value(column), which is read three times (from the cache): mean, variance, result.
template <class T, class Value>
__device__ void norm_row(const NormWeights& norm, int columns, Value value, T* out) {
  float sum = 0;
  each_eight(columns, [&](int column, int count) {
    const Eight x = value(column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) sum += i < count ? x.value[i] : 0.0f;
  });
  const float mean = warp_sum(sum) / static_cast<float>(columns);
  float squares = 0;
  each_eight(columns, [&](int column, int count) {
    const Eight x = value(column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) {
      const float off = x.value[i] - mean;
      squares += i < count ? off * off : 0.0f;
    }
  });
  const float factor = 1.0f / sqrtf(warp_sum(squares) / static_cast<float>(columns) + norm.eps);
  each_eight(columns, [&](int column, int count) {
    Eight x = value(column);
    const Eight scale = load_eight(norm.scale + column), shift = load_eight(norm.shift + column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) x.value[i] = (x.value[i] - mean) * factor * scale.value[i] + shift.value[i];
    store_eight(x, count, out + column);
  });
}

__device__ inline Eight load_table(const Rows& table, std::int64_t row, int column) {
  if (table.type == Element::kFloat32) return load_eight(row_of<const float>(table, row) + column);
  if (table.type == Element::kHalf) return load_eight(row_of<const __half>(table, row) + column);
  return load_eight(row_of<const Bfloat16>(table, row) + column);
}

// One warp per token.
template <class T>
__global__ void embed_kernel(EmbedCommand command) {
  const int token = warp_row();
  if (token >= command.rows) return;
  const std::int64_t word = command.ids[token], position = command.position_ids[token],
                     type = command.type_ids != nullptr ? command.type_ids[token] : 0;
  norm_row(
      command.norm, command.columns,
      [&](int column) {
        Eight x = load_table(command.words, word, column);
        const Eight y = load_table(command.types, type, column);
        const Eight z = load_table(command.positions, position, column);
        RAPPEL_UNROLL
        for (int i = 0; i < 8; ++i) x.value[i] = x.value[i] + y.value[i] + z.value[i];
        return x;
      },
      row_of<T>(command.out, token));
}

// One warp per row. A lane reads only elements that it writes itself.
template <class T>
__global__ void norm_kernel(NormCommand command) {
  const int row = warp_row();
  if (row >= command.rows) return;
  T* in_out = row_of<T>(command.in_out, row);
  norm_row(
      command.norm, command.columns, [&](int column) { return load_eight(in_out + column); }, in_out);
}

template <class T>
__global__ void unit_kernel(UnitCommand command) {
  const int row = warp_row();
  if (row >= command.rows) return;
  T* in_out = row_of<T>(command.in_out, row);
  float squares = 0;
  each_eight(command.columns, [&](int column, int count) {
    const Eight x = load_eight(in_out + column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) squares += i < count ? x.value[i] * x.value[i] : 0.0f;
  });
  const float length = fmaxf(sqrtf(warp_sum(squares)), 1e-12f);
  each_eight(command.columns, [&](int column, int count) {
    Eight x = load_eight(in_out + column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) x.value[i] /= length;
    store_eight(x, count, in_out + column);
  });
}

__device__ inline float finished(float value, Epilogue epilogue) {
  if (epilogue == Epilogue::kGelu) return 0.5f * value * (1.0f + erff(value * 0.70710678118654752f));
  return epilogue == Epilogue::kTanh ? tanhf(value) : fmaxf(value, 0.0f);
}

// One thread per eight columns of a row.
template <class T>
__global__ void finish_kernel(FinishCommand command) {
  const unsigned per_row = static_cast<unsigned>(command.columns + 7) / 8;
  const unsigned place = blockIdx.x * kThreads + threadIdx.x;
  if (place >= per_row * static_cast<unsigned>(command.rows)) return;
  const int column = static_cast<int>(place % per_row) * 8, rest = command.columns - column;
  T* at = row_of<T>(command.in_out, place / per_row) + column;
  Eight x = load_eight(at);
  RAPPEL_UNROLL
  for (int i = 0; i < 8; ++i) x.value[i] = finished(x.value[i], command.epilogue);
  store_eight(x, rest < 8 ? rest : 8, at);
}

// One warp per row. The largest of a row becomes 127.
template <class T>
__global__ void quantize_kernel(QuantizeCommand command) {
  const int row = warp_row();
  if (row >= command.rows) return;
  const T* in = row_of<const T>(command.in, row);
  const auto scaled = [&](int column, int count) {
    Eight x = load_eight(in + column);
    if (command.factors != nullptr) {
      const Eight factor = load_eight(command.factors + column);
      RAPPEL_UNROLL
      for (int i = 0; i < 8; ++i) x.value[i] *= factor.value[i];
    }
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) x.value[i] = i < count ? x.value[i] : 0.0f;
    return x;
  };
  float largest = 0;
  each_eight(command.columns, [&](int column, int count) {
    const Eight x = scaled(column, count);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) largest = fmaxf(largest, fabsf(x.value[i]));
  });
  largest = warp_max(largest);
  const float factor = largest > 1e-30f ? 127.0f / largest : 0.0f;
  auto* out = row_of<signed char>(command.out, row);
  each_eight(static_cast<int>(command.out.stride), [&](int column, int) {
    Packed<signed char, 8> packed{};
    if (column < command.columns) {
      const int rest = command.columns - column;
      const Eight x = scaled(column, rest < 8 ? rest : 8);
      RAPPEL_UNROLL
      for (int i = 0; i < 8; ++i)
        packed.value[i] = static_cast<signed char>(fminf(fmaxf(rintf(x.value[i] * factor), -127.0f), 127.0f));
    }
    *reinterpret_cast<Packed<signed char, 8>*>(out + column) = packed;
  });
  if (threadIdx.x % kWarp == 0) command.scales[row] = factor > 0 ? largest / 127.0f : 0.0f;
}

// One thread per eight columns of a row.
template <class T>
__global__ void dequantize_kernel(DequantizeCommand command) {
  const unsigned per_row = static_cast<unsigned>(command.columns + 7) / 8;
  const unsigned place = blockIdx.x * kThreads + threadIdx.x;
  if (place >= per_row * static_cast<unsigned>(command.rows)) return;
  const int row = static_cast<int>(place / per_row), column = static_cast<int>(place % per_row) * 8,
            rest = command.columns - column;
  const auto* sums = reinterpret_cast<const Packet<int>*>(row_of<const int>(command.sums, row) + column);
  const Eight scale = load_eight(command.column_scales + column), bias = load_eight(command.bias + column);
  const float row_scale = command.row_scales[row];
  Eight x;
  RAPPEL_UNROLL
  for (int p = 0; p < 2; ++p) {
    const Packet<int> four = sums[p];
    RAPPEL_UNROLL
    for (int i = 0; i < 4; ++i)
      x.value[4 * p + i] =
          static_cast<float>(four.value[i]) * (row_scale * scale.value[4 * p + i]) + bias.value[4 * p + i];
  }
  if (command.epilogue == Epilogue::kResidual) {
    const Eight added = load_eight(row_of<const T>(command.residual, row) + column);
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) x.value[i] += added.value[i];
  } else if (command.epilogue != Epilogue::kNone) {
    RAPPEL_UNROLL
    for (int i = 0; i < 8; ++i) x.value[i] = finished(x.value[i], command.epilogue);
  }
  store_eight(x, rest < 8 ? rest : 8, row_of<T>(command.out, row) + column);
}

// One thread per column, one block per text and kThreads columns, so that reads are coalesced.
template <class T>
__global__ void mean_kernel(MeanCommand command) {
  const int text = static_cast<int>(blockIdx.x),
            column = static_cast<int>(blockIdx.y * kThreads + threadIdx.x);
  if (column >= command.columns) return;
  const int begin = command.starts[text], end = command.starts[text + 1];
  float sum = 0;
  for (int row = begin; row < end; ++row) sum += to_float(row_of<const T>(command.in, row)[column]);
  row_of<float>(command.out, text)[column] = sum / static_cast<float>(end - begin);
}

// One thread per number: results are small and their rows may be unpadded.
template <class In, class Out>
__global__ void copy_kernel(CopyCommand command) {
  const std::int64_t place = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const std::int64_t row = place / command.columns, column = place % command.columns;
  if (row >= command.rows) return;
  const std::int64_t from = command.rows_of != nullptr ? command.rows_of[row] : row;
  row_of<Out>(command.out, row)[column] =
      from_float<Out>(to_float(row_of<const In>(command.in, from)[column]));
}

}  // namespace rappel::cuda
