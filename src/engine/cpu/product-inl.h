// Products on vector registers, tile by tile, for the instruction set that the including file describes.
//
// That file defines RAPPEL_TARGET (the function attribute for the instruction set), then in its anonymous
// namespace, before the include:
//
//   kVectors  vectors per panel (1 or 2), kTilePanels, kTileRows8, kTileRows16 (up to 14), kPaired8
//   Ints, Floats: vectors of int32 and float
//   zero(), load(bytes), broadcast(bytes): 4 bytes in every lane
//   void dot8(Ints& sum, Ints a, Ints b): sum += a b for unsigned a, signed b; if kPaired8 is set instead
//   Ints pairs(Ints a, Ints b), products added in pairs to 16 bits, and
//   void dot8(Ints& sum, Ints pairs, Ints a, Ints b): sum += pairs + a b
//   void dot16(Ints& sum, Ints a, Ints b)
//   Floats load_floats(p), void store_floats(p, v), set(float), to_floats(Ints), multiply(a, b),
//   multiply_add(a, b, c) = a b + c, negative_multiply_add(a, b, c) = c - a b, all with one rounding
//
// All code is in free functions, because member functions and lambdas would not carry the attribute. Loops
// over accumulators must be unrolled, otherwise GCC keeps them in memory.
#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/cpu/product.h"
#include "engine/cpu/row_places.h"

namespace rappel::cpu {
namespace {

constexpr std::size_t kVectorColumns = kPanel / kVectors;
constexpr std::size_t kVectorBytes = kStepBytes / kVectors;
// Bytes of a row of activations that all tiles of a piece process before the next bytes: the matching
// weights, 16 KiB per panel, stay in the L1 cache.
constexpr std::size_t kBlockBytes = 1024;
constexpr std::size_t kRound = 16;  // bytes of a row per round of the innermost loop

struct TilePlace {
  const std::byte* in;
  const std::byte* weights;  // of the first panel, at the first group
  std::size_t panel_bytes;
  std::size_t group_begin, group_end;
  const float* in_scales;
  float* out;
  std::size_t column;
  const std::byte* ahead;  // prefetch address: weights that are read next
  std::size_t ahead_step;  // bytes per round
};

// Converts the sums of a group to float and adds them to out.
template <int kRows, int kPanels>
RAPPEL_TARGET inline void add_scaled(const ProductArgs& args, const TilePlace& at, std::size_t group,
                                     const Ints (&sums)[kRows][kPanels * kVectors]) {
  const std::size_t first = group * args.columns + at.column;
#pragma GCC unroll 4
  for (int p = 0; p < kPanels * kVectors; ++p) {
    const auto column = static_cast<std::size_t>(p) * kVectorColumns;
    const Floats scale = load_floats(args.scales + first + column),
                 sum = load_floats(args.sums + first + column);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const auto row = static_cast<std::size_t>(i);
      const float* in_scale = at.in_scales + row * args.in_scales_stride + 2 * group;
      float* out = at.out + row * args.linear.out_stride + column;
      const Floats whole = negative_multiply_add(set(in_scale[1]), sum, to_floats(sums[i][p]));
      const Floats before = group == 0 && !args.accumulate ? set(0.0f) : load_floats(out);
      store_floats(out, multiply_add(whole, multiply(set(in_scale[0]), scale), before));
    }
  }
}

template <int kPanels>
RAPPEL_TARGET inline void load_step(const std::byte* weights, std::size_t panel_bytes,
                                    Ints (&columns)[kPanels * kVectors]) {
#pragma GCC unroll 4
  for (int p = 0; p < kPanels * kVectors; ++p)
    columns[p] = load(weights + static_cast<std::size_t>(p / kVectors) * panel_bytes +
                      static_cast<std::size_t>(p % kVectors) * kVectorBytes);
}

template <Format kFormat, int kCount>
RAPPEL_TARGET inline void dot_row(Ints (&sums)[kCount], Ints a, const Ints (&columns)[kCount]) {
#pragma GCC unroll 4
  for (int p = 0; p < kCount; ++p) {
    if constexpr (kFormat == Format::kInt8)
      dot8(sums[p], a, columns[p]);
    else
      dot16(sums[p], a, columns[p]);
  }
}

// Two steps of a row. The second 4 bytes are loaded again for each vector, because no register is free.
template <int kRow, std::size_t kAt, int kRows, int kCount>
RAPPEL_TARGET inline void dot_paired_row(Ints (&sums)[kCount], RowPlaces& in, const Ints (&first)[kCount],
                                         const Ints (&second)[kCount]) {
  forget<kRows>(in);
  const Ints a = broadcast(row_place<kRow>(in) + kAt);
  Ints two[kCount];
#pragma GCC unroll 4
  for (int p = 0; p < kCount; ++p) two[p] = pairs(a, first[p]);
#pragma GCC unroll 4
  for (int p = 0; p < kCount; ++p) {
    forget<kRows>(in);
    dot8(sums[p], two[p], broadcast(row_place<kRow>(in) + kAt + 4), second[p]);
  }
}

// Two steps, 8 bytes of each row and 128 of each panel, `kAt` bytes of the row further on.
template <Format kFormat, std::size_t kAt, int kRows, int kPanels, int... kRow>
RAPPEL_TARGET inline void multiply_steps(RowPlaces& in, const std::byte* weights, std::size_t panel_bytes,
                                         Ints (&sums)[kRows][kPanels * kVectors],
                                         std::integer_sequence<int, kRow...>) {
  weights += kAt * kPanel;
  if constexpr (kFormat == Format::kInt8 && kPaired8) {
    Ints first[kPanels * kVectors], second[kPanels * kVectors];
    load_step<kPanels>(weights, panel_bytes, first);
    load_step<kPanels>(weights + kStepBytes, panel_bytes, second);
    (dot_paired_row<kRow, kAt, kRows>(sums[kRow], in, first, second), ...);
  } else {
#pragma GCC unroll 2
    for (std::size_t step = 0; step < 2; ++step) {
      forget<kRows>(in);
      Ints columns[kPanels * kVectors];
      load_step<kPanels>(weights + step * kStepBytes, panel_bytes, columns);
      (dot_row<kFormat>(sums[kRow], broadcast(row_place<kRow>(in) + kAt + 4 * step), columns), ...);
    }
  }
}

// Prefetches a round of weights of each panel into the L2 cache: with a single tile the product is memory
// bound, and L1 has too few line fill buffers.
template <int kPanels>
RAPPEL_TARGET inline void fetch_round(const std::byte* weights, std::size_t panel_bytes) {
#pragma GCC unroll 4
  for (std::size_t line = 0; line < kRound * kPanel; line += kStepBytes) {
    __builtin_prefetch(weights + line, 0, 2);
    if constexpr (kPanels == 2) __builtin_prefetch(weights + panel_bytes + line, 0, 2);
  }
}

// A line of each panel.
template <int kPanels>
RAPPEL_TARGET inline void fetch(const std::byte* weights, std::size_t panel_bytes) {
  __builtin_prefetch(weights);
  if constexpr (kPanels == 2) __builtin_prefetch(weights + panel_bytes);
}

template <Format kFormat, int kRows, int kPanels>
RAPPEL_TARGET void multiply_tile(const ProductArgs& args, const TilePlace& at) {
  constexpr std::size_t kElement = element_bytes(kFormat);
  using Rows = std::make_integer_sequence<int, kRows>;
  const std::byte *weights = at.weights, *ahead = at.ahead;
  const std::size_t panel_bytes = at.panel_bytes, ahead_step = at.ahead_step;
  RowPlaces in(at.in, args.in_stride);
  for (std::size_t group = at.group_begin; group < at.group_end; ++group) {
    Ints sums[kRows][kPanels * kVectors];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int p = 0; p < kPanels * kVectors; ++p) sums[i][p] = zero();
    const std::size_t count = std::min(kGroup, args.inputs - group * kGroup) * kElement;
    for (const std::byte* end = weights + count * kPanel; weights != end; weights += kRound * kPanel) {
      if (ahead_step == kRound * kPanel) {
        fetch_round<kPanels>(ahead, panel_bytes);
      } else {
        fetch<kPanels>(ahead, panel_bytes);
        fetch<kPanels>(ahead + kStepBytes, panel_bytes);
      }
      multiply_steps<kFormat, 0, kRows, kPanels>(in, weights, panel_bytes, sums, Rows());
      multiply_steps<kFormat, 8, kRows, kPanels>(in, weights, panel_bytes, sums, Rows());
      in.advance(kRound);
      ahead += ahead_step;
    }
    add_scaled<kRows, kPanels>(args, at, group, sums);
  }
}

using TileFn = void (*)(const ProductArgs&, const TilePlace&);

template <Format kFormat, int kPanels, int... kRow>
constexpr std::array<TileFn, sizeof...(kRow)> tiles(std::integer_sequence<int, kRow...>) {
  return {&multiply_tile<kFormat, kRow + 1, kPanels>...};
}

// All rows and inputs of one panel or of kTilePanels.
template <Format kFormat, int kPanels>
void multiply_panels(const ProductArgs& args, std::size_t panel) {
  constexpr int kRows = kFormat == Format::kInt8 ? kTileRows8 : kTileRows16;
  constexpr std::size_t kElement = element_bytes(kFormat), kGroups = kBlockBytes / kElement / kGroup;
  static_assert(kGroups > 0, "a block is whole groups");
  static_assert(kRows <= 14, "row_place() supports 14 rows");
  static constexpr std::array<TileFn, kRows> kTiles =
      tiles<kFormat, kPanels>(std::make_integer_sequence<int, kRows>());
  const std::size_t panel_bytes = args.inputs * kElement * kPanel,
                    groups = (args.inputs + kGroup - 1) / kGroup, tiles = (args.rows + kRows - 1) / kRows;
  for (std::size_t begin = 0; begin < groups; begin += kGroups) {
    const std::size_t end = std::min(begin + kGroups, groups);
    const std::size_t from = begin * kGroup * kElement, to = std::min(end * kGroup, args.inputs) * kElement;
    const std::byte* weights = args.weights + panel * panel_bytes;
    // Prefetch the next block of the same panels, then the adjacent panels. Another lane prefetches what
    // follows the last one.
    const bool nothing = end == groups && panel + kPanels >= args.panel_end;
    const std::byte* ahead = end < groups ? weights + to * kPanel
                             : nothing    ? weights
                                          : weights + kPanels * panel_bytes;
    const std::size_t ahead_step = nothing ? 0 : kRound * kPanel / tiles;
    std::size_t row = 0;
    for (std::size_t left = tiles; left != 0; --left) {
      const std::size_t height = (args.rows - row + left - 1) / left;
      const TilePlace at{.in = args.in + row * args.in_stride + from,
                         .weights = weights + from * kPanel,
                         .panel_bytes = panel_bytes,
                         .group_begin = begin,
                         .group_end = end,
                         .in_scales = args.in_scales + row * args.in_scales_stride,
                         .out = args.linear.out + row * args.linear.out_stride + panel * kPanel,
                         .column = panel * kPanel,
                         .ahead = ahead,
                         .ahead_step = ahead_step};
      kTiles[height - 1](args, at);
      ahead += (to - from) / kRound * at.ahead_step;
      row += height;
    }
  }
  if (args.finish != nullptr) args.finish(args.linear, panel * kPanel, kPanels * kPanel);
}

template <Format kFormat>
void multiply_all(const ProductArgs& args) {
  std::size_t panel = args.panel_begin;
  for (; panel + kTilePanels <= args.panel_end; panel += kTilePanels)
    multiply_panels<kFormat, kTilePanels>(args, panel);
  for (; panel < args.panel_end; ++panel) multiply_panels<kFormat, 1>(args, panel);
}

}  // namespace
}  // namespace rappel::cpu
