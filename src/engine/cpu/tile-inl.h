// The inner product of everything: a tile of C = A B (+ C), kept in registers.
//
// B comes in panels: a panel is one vector of columns, [depth][lanes], and panels lie `b_panel` floats apart.
// Each element of C is one chain of multiply-adds in the order of depth, whatever the tile's size: that is
// why a row's result does not depend on the rows beside it.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_TILE_INL_H_
#undef RAPPEL_ENGINE_CPU_TILE_INL_H_
#else
#define RAPPEL_ENGINE_CPU_TILE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

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

struct TileArgs {
  const float* a;
  std::size_t a_stride;
  const float* b;
  std::size_t b_panel;
  std::size_t depth;
  float* c;
  std::size_t c_row;       // floats from one row of C to the next
  std::size_t c_panel;     // floats from one panel's columns of C to the next panel's
  bool add;                // C holds a sum to go on with
  const float* ahead;      // what will be read next, fetched into the cache while the tile is computed
  std::size_t ahead_step;  // floats per depth; 0 = nothing to fetch
};

// kDepthMajor: A's element of row i at depth k is a[k * a_stride + i], else a[i * a_stride + k].
template <bool kDepthMajor, int kPanels, int kRows>
HWY_NOINLINE void multiply_tile(const TileArgs& args) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  // Every loop over the accumulators is unrolled, or GCC keeps them in memory.
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
  const float* HWY_RESTRICT a = args.a;
  const float* HWY_RESTRICT b = args.b;
  const float* ahead = args.ahead;
  const std::size_t a_stride = args.a_stride, b_panel = args.b_panel, ahead_step = args.ahead_step;
  for (std::size_t k = args.depth; k != 0; --k) {
    if constexpr (!kDepthMajor) {
      hwy::Prefetch(ahead);
      hwy::Prefetch(ahead + 16);
      ahead += ahead_step;
    }
    FloatVec columns[kPanels];
#pragma GCC unroll 4
    for (int p = 0; p < kPanels; ++p) columns[p] = hn::Load(d, b + static_cast<std::size_t>(p) * b_panel);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const auto row = static_cast<std::size_t>(i);
      const FloatVec value = hn::Set(d, kDepthMajor ? a[row] : a[row * a_stride]);
#pragma GCC unroll 4
      for (int p = 0; p < kPanels; ++p) sums[i][p] = hn::MulAdd(value, columns[p], sums[i][p]);
    }
    a += kDepthMajor ? a_stride : 1;
    b += lanes;
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
