// Shared code of the NEON products: conversion of the sums of a tile, and the loop over panels and rows.
//
// The including file defines RAPPEL_TARGET (the function attribute for the instruction set) before the
// include, and multiply_tile() after it. All code is in free functions, because lambdas would not carry the
// attribute. Loops over accumulators must be unrolled, otherwise GCC keeps them in memory.
#include <arm_neon.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/cpu/product.h"

namespace rappel::cpu {
namespace {

constexpr int kVectors = 4;  // vectors per panel
constexpr std::size_t kVectorColumns = kPanel / kVectors, kVectorBytes = kStepBytes / kVectors;

struct TilePlace {
  const std::byte* in;
  const float* in_scales;
  float* out;
  std::size_t panel;
};

// One panel of columns for kRows rows. May compute one more row and discard it.
template <Format kFormat, int kRows>
RAPPEL_TARGET void multiply_tile(const ProductArgs& args, const TilePlace& at);

inline const std::byte* panel_weights(const ProductArgs& args, std::size_t panel, std::size_t element) {
  return args.weights + panel * args.inputs * element * kPanel;
}

// Converts the sums of a group of kRows rows to float and adds them to out.
template <int kRows>
RAPPEL_TARGET inline void add_scaled(const ProductArgs& args, const TilePlace& at, std::size_t group,
                                     const int32x4_t (&sums)[kRows][kVectors]) {
  const std::size_t first = group * args.columns + at.panel * kPanel;
#pragma GCC unroll 4
  for (int p = 0; p < kVectors; ++p) {
    const auto column = static_cast<std::size_t>(p) * kVectorColumns;
    const float32x4_t scale = vld1q_f32(args.scales + first + column),
                      sum = vld1q_f32(args.sums + first + column);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const auto row = static_cast<std::size_t>(i);
      const float* in_scale = at.in_scales + row * args.in_scales_stride + 2 * group;
      float* out = at.out + row * args.linear.out_stride + column;
      const float32x4_t whole = vfmsq_f32(vcvtq_f32_s32(sums[i][p]), vdupq_n_f32(in_scale[1]), sum);
      const float32x4_t before = group == 0 && !args.accumulate ? vdupq_n_f32(0.0f) : vld1q_f32(out);
      vst1q_f32(out, vfmaq_f32(before, whole, vmulq_f32(vdupq_n_f32(in_scale[0]), scale)));
    }
  }
}

using TileFn = void (*)(const ProductArgs&, const TilePlace&);

template <Format kFormat, int... kRow>
constexpr std::array<TileFn, sizeof...(kRow)> tiles(std::integer_sequence<int, kRow...>) {
  return {&multiply_tile<kFormat, kRow + 1>...};
}

template <Format kFormat, int kTileRows>
void multiply_panels(const ProductArgs& args) {
  static constexpr std::array<TileFn, kTileRows> kTiles =
      tiles<kFormat>(std::make_integer_sequence<int, kTileRows>());
  for (std::size_t panel = args.panel_begin; panel < args.panel_end; ++panel) {
    std::size_t row = 0;
    for (std::size_t left = (args.rows + kTileRows - 1) / kTileRows; left != 0; --left) {
      const std::size_t height = (args.rows - row + left - 1) / left;
      kTiles[height - 1](args, {args.in + row * args.in_stride, args.in_scales + row * args.in_scales_stride,
                                args.linear.out + row * args.linear.out_stride + panel * kPanel, panel});
      row += height;
    }
    if (args.finish != nullptr) args.finish(args.linear, panel * kPanel, kPanel);
  }
}

// Keeps a value in a register; otherwise GCC processes several sums at a time and spills the others.
RAPPEL_TARGET inline void hold(int32x4_t& sum) { __asm__("" : "+w"(sum)); }
RAPPEL_TARGET inline void hold(float32x4_t& sum) { __asm__("" : "+w"(sum)); }

RAPPEL_TARGET inline int8x16_t load(const std::byte* p) {
  return vld1q_s8(reinterpret_cast<const std::int8_t*>(p));
}

// Maps 0..255 to -128..127. This subtracts 128 times the sum of weights from a sum; shifted_start() adds it.
RAPPEL_TARGET inline int8x16_t shifted(int8x16_t bytes) { return veorq_s8(bytes, vdupq_n_s8(-128)); }

// Initial sums of kVectorColumns columns for shifted activations, which compensate the shift.
RAPPEL_TARGET inline int32x4_t shifted_start(const ProductArgs& args, const TilePlace& at, std::size_t group,
                                             int p) {
  const float* sums =
      args.sums + group * args.columns + at.panel * kPanel + static_cast<std::size_t>(p) * kVectorColumns;
  return vshlq_n_s32(vcvtq_s32_f32(vld1q_f32(sums)), 7);
}

}  // namespace
}  // namespace rappel::cpu
