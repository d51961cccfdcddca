// The float32 micro-kernel: a tile of C = A B (+ C), kept in registers.
//
// B is stored in panels: a panel is one vector of columns, [depth][lanes]; panels are `b_panel` floats apart.
// Each element of C is one chain of multiply-adds in the order of depth, for every tile size. Therefore the
// result of a row does not depend on other rows.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_TILE_INL_H_
#undef RAPPEL_ENGINE_CPU_TILE_INL_H_
#else
#define RAPPEL_ENGINE_CPU_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/cpu/row_places.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;

// Registers: rows x 2 accumulators, two vectors of B, one of A.
#if HWY_TARGET == HWY_AVX3
constexpr int kTileRows = 14;  // 31 of 32
#elif HWY_TARGET == HWY_NEON
constexpr int kTileRows = 12;  // 27 of 32
#else
constexpr int kTileRows = 6;  // 15 of 16
#endif
constexpr std::size_t kTilePanels = 2;
constexpr std::size_t kLine = 16;  // floats of a cache line

struct TileArgs {
  const float* a;
  std::size_t a_stride;
  const float* b;
  std::size_t b_panel;
  std::size_t depth;
  float* c;
  std::size_t c_row;       // floats from one row of C to the next
  std::size_t c_panel;     // floats from one panel's columns of C to the next panel's
  bool add;                // continue the sum in C
  const float* ahead;      // prefetch address, read during the computation of the tile
  std::size_t ahead_step;  // floats per depth; 0: no prefetch
};

template <int kPanels>
HWY_INLINE void multiply_row(const FloatVec value, const FloatVec (&columns)[kPanels],
                             FloatVec (&sums)[kPanels]) {
#pragma GCC unroll 4
  for (int p = 0; p < kPanels; ++p) sums[p] = hn::MulAdd(value, columns[p], sums[p]);
}

// Prefetches two lines into the L2 cache, because L1 has too few line fill buffers.
HWY_INLINE void fetch(const float* ahead) {
  __builtin_prefetch(ahead, 0, 2);
  __builtin_prefetch(ahead + kLine, 0, 2);
}

// One step in depth for all rows.
template <int kPanels, int kRows, int... kRow>
HWY_INLINE void multiply_step(RowPlaces& rows, const FloatVec (&columns)[kPanels],
                              FloatVec (&sums)[kRows][kPanels], std::integer_sequence<int, kRow...>) {
  const FloatTag d;
  forget<kRows>(rows);
  (multiply_row<kPanels>(hn::Set(d, *reinterpret_cast<const float*>(row_place<kRow>(rows))), columns,
                         sums[kRow]),
   ...);
}

// kDepthMajor: A's element of row i at depth k is a[k * a_stride + i], else a[i * a_stride + k].
template <bool kDepthMajor, int kPanels, int kRows>
HWY_NOINLINE void multiply_tile(const TileArgs& args) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  // Loops over the accumulators must be unrolled, otherwise GCC keeps them in memory.
  FloatVec sums[kRows][kPanels];
  if (args.add) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int p = 0; p < kPanels; ++p)
        sums[i][p] = hn::LoadU(d, args.c + static_cast<std::size_t>(i) * args.c_row +
                                      static_cast<std::size_t>(p) * args.c_panel);
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int p = 0; p < kPanels; ++p) sums[i][p] = hn::Zero(d);
  }
  const float* HWY_RESTRICT b = args.b;
  const std::size_t b_panel = args.b_panel;
  const float* HWY_RESTRICT a = args.a;
  const std::size_t a_stride = args.a_stride;
  RowPlaces rows(args.a, a_stride * sizeof(float));
  const float* ahead = args.ahead;
  const std::size_t ahead_step = args.ahead_step;
  // Tall tiles prefetch at every fourth depth; low tiles at every depth, because few rows must prefetch it
  // all.
  const std::size_t between = ahead_step > kLine / 2 ? 0 : 3;
  for (std::size_t k = args.depth; k != 0; --k, b += lanes) {
    FloatVec columns[kPanels];
#pragma GCC unroll 4
    for (int p = 0; p < kPanels; ++p) columns[p] = hn::Load(d, b + static_cast<std::size_t>(p) * b_panel);
    if constexpr (kDepthMajor) {
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) multiply_row<kPanels>(hn::Set(d, a[i]), columns, sums[i]);
      a += a_stride;
    } else if constexpr (kRows > 7) {
      if ((k & between) == 0) fetch(ahead);
      ahead += ahead_step;
      multiply_step(rows, columns, sums, std::make_integer_sequence<int, kRows>());
      rows.advance(sizeof(float));
    } else {
      fetch(ahead);
      ahead += ahead_step;
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i)
        multiply_row<kPanels>(hn::Set(d, a[static_cast<std::size_t>(i) * a_stride]), columns, sums[i]);
      ++a;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
    for (int p = 0; p < kPanels; ++p)
      hn::StoreU(
          sums[i][p], d,
          args.c + static_cast<std::size_t>(i) * args.c_row + static_cast<std::size_t>(p) * args.c_panel);
}

using TileFn = void (*)(const TileArgs&);

template <bool kDepthMajor, int kPanels, int... kRow>
constexpr std::array<TileFn, kTileRows> tiles(std::integer_sequence<int, kRow...>) {
  return {&multiply_tile<kDepthMajor, kPanels, kRow + 1>...};
}

// C (+)= A B for any number of rows over one or two panels, in tiles of nearly equal height.
template <bool kDepthMajor>
void multiply_rows(TileArgs args, std::size_t panels, std::size_t rows) {
  using Rows = std::make_integer_sequence<int, kTileRows>;
  static constexpr std::array<TileFn, kTileRows> kOne = tiles<kDepthMajor, 1>(Rows());
  static constexpr std::array<TileFn, kTileRows> kTwo = tiles<kDepthMajor, 2>(Rows());
  const auto& table = panels == 1 ? kOne : kTwo;
  std::size_t left = (rows + kTileRows - 1) / kTileRows;
  while (rows > 0) {
    const std::size_t height = (rows + left - 1) / left;
    table[height - 1](args);
    args.a += kDepthMajor ? height : height * args.a_stride;
    args.c += height * args.c_row;
    args.ahead += args.ahead_step * args.depth;
    rows -= height;
    --left;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
