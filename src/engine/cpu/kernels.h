// Kernels: the CPU device's inner loops, one set per instruction set, chosen at run time.
//
// kernel_sets() lists the sets of this build, fastest first. Every set implements the same ops with
// the same contracts; kernels_test.cc compares each with a naive implementation. The result of a row depends
// only on the inputs of that row and on the set. Plain functions over plain memory: no threads, no
// allocation, no failure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "engine/device.h"

namespace rappel::cpu {

// Activations: row-major floats, rows `stride` apart, at least round_up(columns, kRowAlign) elements per row,
// 64-byte aligned base. Elements after the columns are finite; any op may overwrite them.
constexpr std::size_t kRowAlign = 16;

// Weights are packed for a vector width: columns in panels of `lanes`, inputs in blocks of kDepthBlock; order
// [block][panel] [input][lane], the last panel padded with zeros. A tile of two panels fits into the L1
// cache.
constexpr std::size_t kDepthBlock = 256;

struct LinearArgs {
  const float* in;
  std::size_t in_stride;
  std::size_t rows;
  std::size_t inputs;
  const float* weights;
  std::size_t panels;                  // of the whole matrix
  std::size_t panel_begin, panel_end;  // of this call
  const float* bias;                   // padded like the weights
  Epilogue epilogue;
  const float* residual;
  std::size_t residual_stride;
  float* out;
  std::size_t out_stride;
};

// One head of one text for up to kTaskQueries queries.
struct AttentionArgs {
  const float* query;  // first query's row at this head's columns
  const float* key;    // the text's first token, at this head's columns
  const float* value;
  std::size_t stride;  // of all three
  std::size_t queries;
  std::size_t keys;
  std::size_t size;  // columns of the head
  float* out;        // first query's row at this head's columns
  std::size_t out_stride;
  float* scratch;  // attention_scratch(size) floats, 64-byte aligned
};
constexpr std::size_t kTaskQueries = 128;
constexpr std::size_t kKeyBlock = 128;
// Queries, sums of values, scores of a key block, running maximum and sum.
constexpr std::size_t attention_scratch(std::size_t size) {
  return 2 * kTaskQueries * size + 32 * kKeyBlock + 2 * kTaskQueries;
}

struct NormArgs {
  const float* scale;
  const float* shift;
  std::size_t columns;
  float eps;
};

// Quantizes a row for the products of quantized weights (product.h): integers 0..levels with a zero point
// (int8), -levels..levels (int16) or bfloat16 (nearest even), in groups of `group` inputs. `scales` receives
// two floats per group, the step and the zero point: in = (out - zero) * step within half a step. `out` is
// written up to whole vectors.
struct QuantizeArgs {
  const float* in;
  std::size_t inputs;
  std::size_t group;
  int levels;
};
using QuantizeFn = void (*)(const QuantizeArgs&, void* out, float* scales);
// The same in two planes of integers 0..levels, for products with twice the bits: in = (high - zero) *
// step_high
// + low * step_low within a step_low, step_high = (levels + 1) * step_low. `levels` is 127 or 255.
using QuantizeWideFn = void (*)(const QuantizeArgs&, void* high, float* high_scales, void* low,
                                float* low_scales);

struct Kernels {
  std::size_t lanes;  // floats in a vector; divides kRowAlign
  std::size_t tile_rows;
  void (*linear)(const LinearArgs&);
  void (*attention)(const AttentionArgs&);
  void (*layer_norm)(const NormArgs&, float* row);
  void (*l2_normalize)(float* row, std::size_t columns);
  void (*mean)(const float* rows, std::size_t stride, std::size_t count, std::size_t columns, float* out);
  // The end of a product: bias and epilogue over `count` columns of out, both multiples of kRowAlign.
  void (*finish)(const LinearArgs&, std::size_t column, std::size_t count);
  QuantizeFn quantize_int8, quantize_int16, quantize_bf16;
  QuantizeWideFn quantize_wide;
  // out[i] = in[i] * factors[i], up to whole vectors.
  void (*multiply)(const float* in, const float* factors, std::size_t count, float* out);
  // out[i] = f(in[i]): the functions inside the kernels above, for tests.
  void (*exp)(const float* in, std::size_t count, float* out);
  void (*exp2)(const float* in, std::size_t count, float* out);
  void (*gelu)(const float* in, std::size_t count, float* out);
  void (*tanh)(const float* in, std::size_t count, float* out);
};

// A set of kernels in this build; null kernels if this machine cannot run it.
struct KernelSet {
  const char* name;     // "avx512"
  const char* feature;  // required feature (cpu_features.h); "": none
  std::optional<Kernels> kernels;
};
// Fastest first.
std::span<const KernelSet> kernel_sets();

}  // namespace rappel::cpu
