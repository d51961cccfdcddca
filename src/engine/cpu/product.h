// Product: matrix products of the quantized weight kinds, one per instruction set, chosen at run time.
//
// A product multiplies quantized activations and weights (kernels.h, quantized_linear.h), sums them exactly
// in int32 within a group of kGroup inputs, and converts each group's sum to float32 with the scales of both
// sides:
//
//   out[m][n] = sum over groups g of scale[m][g] * weight_scale[g][n] * (sum over k in g of a[m][k] w[n][k] -
//   zero[m][g] * w_sum[g][n])
//
// Groups are added in order, with one fused multiply-add each. Every product of a format therefore gives the
// same bits for any tile and instruction set, and the result of a row depends on that row alone. kBf16 has no
// groups and no scales: the matrix unit sums in float32, and a row gives the same bits at any position.
//
// Every product reads the same layout: panels of kPanel columns, [panel][step][column][inputs of a step],
// where a step is the inputs that fill 4 bytes per column. Plain functions: no threads, no allocation, no
// failure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/cpu/kernels.h"

namespace rappel::cpu {

constexpr std::size_t kPanel = 16;
constexpr std::size_t kGroup = 256;
constexpr std::size_t kInputAlign = 64;  // inputs are padded with zero weights to whole tiles of every format
constexpr std::size_t kStepBytes = 4 * kPanel;
// Readable rows after the last row of activations: products may compute whole tiles and discard the rest.
constexpr std::size_t kRowsBeyond = 32;

enum class Format : std::uint8_t {
  kInt8,   // activations 0..levels with a zero point, weights -127..127
  kInt16,  // activations -8191..8191, weights at most 4095, so that the sum of a group fits int32
  kBf16,
};
constexpr std::size_t element_bytes(Format format) { return format == Format::kInt8 ? 1 : 2; }

struct ProductArgs {
  const std::byte* in;     // quantized activations
  std::size_t in_stride;   // bytes
  const float* in_scales;  // per row and group: scale and zero point
  std::size_t in_scales_stride;
  std::size_t rows;
  std::size_t inputs;  // a multiple of kInputAlign
  const std::byte* weights;
  const float* scales;                 // [group][columns]
  const float* sums;                   // [group][columns], sums of weights, integers
  std::size_t columns;                 // of the whole matrix, a multiple of kPanel
  std::size_t panel_begin, panel_end;  // of this call
  LinearArgs linear;                   // bias, epilogue, residual and out of these rows
  // Applied to `count` columns of the rows when their sums are complete; null: none.
  void (*finish)(const LinearArgs& args, std::size_t column, std::size_t count);
  bool accumulate = false;  // kInt8 and kInt16: add to out instead of overwriting it
};

struct Product {
  const char* feature;  // required beyond those of the kernels (cpu_features.h); "": none, the plain loop
  Format format;
  int levels;   // kInt8: the largest activation, 255 or 127
  bool paired;  // kInt8: pairs of products are added in 16 bits, so 4 neighbouring weights are bounded
  std::size_t tile_rows;
  void (*multiply)(const ProductArgs&);
};

// kInt8 with `paired`: upper bound for the sum of absolute weights of two steps that share a 16-bit sum.
constexpr int kPairedLimit = 32767 / 127;
constexpr int kInt16Levels = 8191;
// kInt16: upper bound for the sum of absolute weights of a group and column.
constexpr double kInt16Limit = 2147483647.0 / kInt16Levels - kGroup / 2.0 - 1;

}  // namespace rappel::cpu
