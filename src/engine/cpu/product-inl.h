// Products on vector registers: the tiles, for an instruction set that the including file describes.
//
// The file defines RAPPEL_TARGET (the attribute that lets a function use the instructions), then in its
// anonymous namespace, before the include:
//
//   kVectors  vectors per panel (1 or 2), kTilePanels, kTileRows8, kTileRows16
//   Ints, Floats: vectors of int32 and float
//   zero(), load(bytes), broadcast(bytes): 4 bytes in every place
//   Ints dot8(Ints sum, Ints a0, Ints b0, Ints a1, Ints b1): sum += a0 b0 + a1 b1 for unsigned a, signed b
//   Ints dot16(Ints sum, Ints a, Ints b)
//   Floats load_floats(p), void store_floats(p, v), set(float), to_floats(Ints), multiply(a, b),
//   multiply_add(a, b, c) = a b + c, negative_multiply_add(a, b, c) = c - a b, all with one rounding
//
// Functions, not member functions, and no lambdas: those would not carry the attribute. Loops over
// accumulators are unrolled, or GCC keeps them in memory.
#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/cpu/product.h"

namespace rappel::cpu {
namespace {

constexpr std::size_t kVectorColumns = kPanel / kVectors;
constexpr std::size_t kVectorBytes = kStepBytes / kVectors;

struct TilePlace {
  const std::byte* in;
  const float* in_scales;
  float* out;
  std::size_t panel;
};

// Brings a group's sums to float and adds them to out.
template <int kRows, int kPanels>
RAPPEL_TARGET inline void add_scaled(const ProductArgs& args, const TilePlace& at, std::size_t group,
                                     const Ints (&sums)[kRows][kPanels * kVectors]) {
  const std::size_t first = group * args.columns + at.panel * kPanel;
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

template <Format kFormat, int kRows, int kPanels>
RAPPEL_TARGET void multiply_tile(const ProductArgs& args, const TilePlace& at) {
  constexpr std::size_t kElement = element_bytes(kFormat);
  const std::size_t panel_bytes = args.inputs * kElement * kPanel;
  const std::byte* weights = args.weights + at.panel * panel_bytes;
  const std::byte* in = at.in;
  const std::size_t in_stride = args.in_stride;
  for (std::size_t begin = 0; begin < args.inputs; begin += kGroup) {
    Ints sums[kRows][kPanels * kVectors];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int p = 0; p < kPanels * kVectors; ++p) sums[i][p] = zero();
    // Two steps, 8 bytes of each row, at a time.
    for (std::size_t left = std::min(kGroup, args.inputs - begin) * kElement / 8; left != 0; --left) {
      Ints first[kPanels * kVectors], second[kPanels * kVectors];
#pragma GCC unroll 4
      for (int p = 0; p < kPanels * kVectors; ++p) {
        const std::byte* from = weights + static_cast<std::size_t>(p / kVectors) * panel_bytes +
                                static_cast<std::size_t>(p % kVectors) * kVectorBytes;
        first[p] = load(from);
        second[p] = load(from + kStepBytes);
      }
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const std::byte* a = in + static_cast<std::size_t>(i) * in_stride;
        const Ints a0 = broadcast(a), a1 = broadcast(a + 4);
#pragma GCC unroll 4
        for (int p = 0; p < kPanels * kVectors; ++p) {
          if constexpr (kFormat == Format::kInt8)
            sums[i][p] = dot8(sums[i][p], a0, first[p], a1, second[p]);
          else
            sums[i][p] = dot16(dot16(sums[i][p], a0, first[p]), a1, second[p]);
          // Nothing happens here, but the sum has to be in a register: without it GCC 12 takes several sums
          // at a time and keeps the others on the stack.
          __asm__("" : "+v"(sums[i][p]));
        }
      }
      in += 8;
      weights += 2 * kStepBytes;
    }
    add_scaled<kRows, kPanels>(args, at, begin / kGroup, sums);
  }
}

using TileFn = void (*)(const ProductArgs&, const TilePlace&);

template <Format kFormat, int kPanels, int... kRow>
constexpr std::array<TileFn, sizeof...(kRow)> tiles(std::integer_sequence<int, kRow...>) {
  return {&multiply_tile<kFormat, kRow + 1, kPanels>...};
}

template <Format kFormat>
void multiply_panels(const ProductArgs& args) {
  constexpr int kRows = kFormat == Format::kInt8 ? kTileRows8 : kTileRows16;
  using Rows = std::make_integer_sequence<int, kRows>;
  static constexpr std::array<TileFn, kRows> kOne = tiles<kFormat, 1>(Rows());
  static constexpr std::array<TileFn, kRows> kFull = tiles<kFormat, kTilePanels>(Rows());
  for (std::size_t panel = args.panel_begin; panel < args.panel_end;) {
    const bool full = args.panel_end - panel >= kTilePanels;
    std::size_t row = 0;
    for (std::size_t left = (args.rows + kRows - 1) / kRows; left != 0; --left) {
      const std::size_t height = (args.rows - row + left - 1) / left;
      const TilePlace at{args.in + row * args.in_stride, args.in_scales + row * args.in_scales_stride,
                         args.linear.out + row * args.linear.out_stride + panel * kPanel, panel};
      (full ? kFull : kOne)[height - 1](args, at);
      row += height;
    }
    const std::size_t panels = full ? kTilePanels : 1;
    if (args.finish != nullptr) args.finish(args.linear, panel * kPanel, panels * kPanel);
    panel += panels;
  }
}

}  // namespace
}  // namespace rappel::cpu
