// AMX: one instruction computes a tile of 16 x 16 sums from 16 rows of 64 bytes of each operand. int8
// converts the sums of each group to float32 through memory in the L1 cache; bf16 sums in float32 and keeps
// the sums in the tiles for all inputs.
#include "engine/cpu/product.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

#include "engine/cpu/amx_tiles.h"

// With GCC the tile instructions are macros around assembler and need no attribute; clang requires it.
#define RAPPEL_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-int8,amx-bf16")))

namespace rappel::cpu {
namespace {

constexpr std::size_t kTile = 16;  // rows and columns of a tile of sums
constexpr std::size_t kTileBytes = 64;

// Up to 32 rows by 2 panels: sums in tiles 0..3 ([row half][panel]), rows in 4 and 5, weights in 6 and 7.
struct Block {
  const std::byte* in;
  std::size_t in_stride;
  const std::byte* weights;
  std::size_t panel_bytes;
};

template <Format kFormat, int kHigh, int kWide>
RAPPEL_TARGET inline void multiply_steps(const Block& at, std::size_t begin, std::size_t end) {
  for (std::size_t byte = begin; byte < end; byte += kTileBytes) {
    const std::byte* rows = at.in + byte;
    const std::byte* weights = at.weights + byte * kPanel;
    _tile_loadd(6, weights, kTileBytes);
    if constexpr (kWide == 2) _tile_loadd(7, weights + at.panel_bytes, kTileBytes);
    _tile_loadd(4, rows, at.in_stride);
    if constexpr (kFormat == Format::kInt8)
      _tile_dpbusd(0, 4, 6);
    else
      _tile_dpbf16ps(0, 4, 6);
    if constexpr (kWide == 2) {
      if constexpr (kFormat == Format::kInt8)
        _tile_dpbusd(1, 4, 7);
      else
        _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kHigh == 2) {
      _tile_loadd(5, rows + kTile * at.in_stride, at.in_stride);
      if constexpr (kFormat == Format::kInt8)
        _tile_dpbusd(2, 5, 6);
      else
        _tile_dpbf16ps(2, 5, 6);
      if constexpr (kWide == 2) {
        if constexpr (kFormat == Format::kInt8)
          _tile_dpbusd(3, 5, 7);
        else
          _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
}

template <int kHigh, int kWide>
RAPPEL_TARGET inline void clear_sums() {
  _tile_zero(0);
  if constexpr (kWide == 2) _tile_zero(1);
  if constexpr (kHigh == 2) _tile_zero(2);
  if constexpr (kHigh == 2 && kWide == 2) _tile_zero(3);
}

// To [row][panel][column], rows `stride` bytes apart.
template <int kHigh, int kWide>
RAPPEL_TARGET inline void store_sums(void* to, std::size_t stride) {
  auto* bytes = static_cast<std::byte*>(to);
  _tile_stored(0, bytes, stride);
  if constexpr (kWide == 2) _tile_stored(1, bytes + kTileBytes, stride);
  if constexpr (kHigh == 2) _tile_stored(2, bytes + kTile * stride, stride);
  if constexpr (kHigh == 2 && kWide == 2) _tile_stored(3, bytes + kTile * stride + kTileBytes, stride);
}

template <int kWide>
RAPPEL_TARGET inline void add_scaled(const ProductArgs& args, std::size_t row, std::size_t rows,
                                     std::size_t panel, std::size_t group, const std::int32_t* sums) {
  const std::size_t first = group * args.columns + panel * kPanel;
  __m512 scale[kWide], sum[kWide];
  for (std::size_t p = 0; p < kWide; ++p) {
    scale[p] = _mm512_loadu_ps(args.scales + first + p * kPanel);
    sum[p] = _mm512_loadu_ps(args.sums + first + p * kPanel);
  }
  const float* in_scale = args.in_scales + row * args.in_scales_stride + 2 * group;
  float* out = args.linear.out + row * args.linear.out_stride + panel * kPanel;
  for (; rows != 0; --rows) {
    const __m512 row_scale = _mm512_set1_ps(in_scale[0]), row_zero = _mm512_set1_ps(in_scale[1]);
#pragma GCC unroll 2
    for (std::size_t p = 0; p < kWide; ++p) {
      const __m512 whole = _mm512_fnmadd_ps(
          row_zero, sum[p], _mm512_maskz_cvtepi32_ps(0xffff, _mm512_load_si512(sums + p * kPanel)));
      const __m512 before =
          group == 0 && !args.accumulate ? _mm512_setzero_ps() : _mm512_loadu_ps(out + p * kPanel);
      _mm512_storeu_ps(out + p * kPanel, _mm512_fmadd_ps(whole, _mm512_mul_ps(row_scale, scale[p]), before));
    }
    in_scale += args.in_scales_stride;
    out += args.linear.out_stride;
    sums += kWide * kPanel;
  }
}

// A block of sums that is converted to float32 while the tiles compute the next one.
struct Waiting {
  std::size_t row = 0, rows = 0, group = 0;
  const std::int32_t* sums = nullptr;
};

// Outer loop over groups, inner loop over rows: the weights of a group, 4 KiB per panel, stay in the L1
// cache.
template <int kWide>
RAPPEL_TARGET void multiply_int8(const ProductArgs& args, std::size_t panel) {
  alignas(64) std::int32_t sums[2][2 * kTile * kWide * kPanel];
  Waiting waiting;
  std::size_t turn = 0;
  for (std::size_t begin = 0; begin < args.inputs; begin += kGroup) {
    const std::size_t end = std::min(begin + kGroup, args.inputs);
    for (std::size_t row = 0; row < args.rows; row += 2 * kTile, turn ^= 1) {
      const std::size_t rows = std::min(2 * kTile, args.rows - row);
      const Block at{args.in + row * args.in_stride, args.in_stride,
                     args.weights + panel * args.inputs * kPanel, args.inputs * kPanel};
      if (rows > kTile) {
        clear_sums<2, kWide>();
        multiply_steps<Format::kInt8, 2, kWide>(at, begin, end);
      } else {
        clear_sums<1, kWide>();
        multiply_steps<Format::kInt8, 1, kWide>(at, begin, end);
      }
      add_scaled<kWide>(args, waiting.row, waiting.rows, panel, waiting.group, waiting.sums);
      if (rows > kTile)
        store_sums<2, kWide>(sums[turn], kWide * kTileBytes);
      else
        store_sums<1, kWide>(sums[turn], kWide * kTileBytes);
      waiting = {row, rows, begin / kGroup, sums[turn]};
    }
  }
  add_scaled<kWide>(args, waiting.row, waiting.rows, panel, waiting.group, waiting.sums);
}

template <int kHigh, int kWide>
RAPPEL_TARGET inline void multiply_bf16_block(const ProductArgs& args, std::size_t row, std::size_t rows,
                                              std::size_t panel) {
  const std::size_t width = args.inputs * element_bytes(Format::kBf16);
  const Block at{args.in + row * args.in_stride, args.in_stride, args.weights + panel * width * kPanel,
                 width * kPanel};
  clear_sums<kHigh, kWide>();
  multiply_steps<Format::kBf16, kHigh, kWide>(at, 0, width);
  float* out = args.linear.out + row * args.linear.out_stride + panel * kPanel;
  if (rows == kHigh * kTile) return store_sums<kHigh, kWide>(out, args.linear.out_stride * sizeof(float));
  alignas(64) float sums[kHigh * kTile * kWide * kPanel];
  store_sums<kHigh, kWide>(sums, kWide * kTileBytes);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t p = 0; p < kWide; ++p)
      _mm512_storeu_ps(out + r * args.linear.out_stride + p * kPanel,
                       _mm512_load_ps(sums + (r * kWide + p) * kPanel));
}

template <int kWide>
RAPPEL_TARGET void multiply_bf16(const ProductArgs& args, std::size_t panel) {
  std::size_t row = 0;
  for (; args.rows - row > kTile; row += std::min(2 * kTile, args.rows - row))
    multiply_bf16_block<2, kWide>(args, row, std::min(2 * kTile, args.rows - row), panel);
  if (row < args.rows) multiply_bf16_block<1, kWide>(args, row, args.rows - row, panel);
}

template <Format kFormat, int kWide>
RAPPEL_TARGET void multiply_rows(const ProductArgs& args, std::size_t panel) {
  if constexpr (kFormat == Format::kInt8)
    multiply_int8<kWide>(args, panel);
  else
    multiply_bf16<kWide>(args, panel);
  if (args.finish != nullptr) args.finish(args.linear, panel * kPanel, kWide * kPanel);
}

template <Format kFormat>
RAPPEL_TARGET void multiply(const ProductArgs& args) {
  _tile_loadconfig(kTileConfig);
  std::size_t panel = args.panel_begin;
  for (; panel + 2 <= args.panel_end; panel += 2) multiply_rows<kFormat, 2>(args, panel);
  if (panel < args.panel_end) multiply_rows<kFormat, 1>(args, panel);
  _tile_release();  // otherwise the system saves 8 KiB at each context switch
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__x86_64__)
const Product* amx_int8() {
  static const Product product{.feature = "AMX-INT8",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTile,
                               .multiply = &multiply<Format::kInt8>};
  return &product;
}
const Product* amx_bf16() {
  static const Product product{.feature = "AMX-BF16",
                               .format = Format::kBf16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTile,
                               .multiply = &multiply<Format::kBf16>};
  return &product;
}
#else
const Product* amx_int8() { return nullptr; }
const Product* amx_bf16() { return nullptr; }
#endif

}  // namespace rappel::cpu
