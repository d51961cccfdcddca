// NEON with matrix instructions (ARMv8.6 FEAT_I8MM, FEAT_BF16): usmmla and bfmmla multiply 8 bytes of each of
// two rows with 8 bytes of each of two columns, and add the four results.
#include "engine/cpu/product.h"

#if defined(__aarch64__)

// GCC expects an architecture here, clang the names of features.
#if defined(__clang__)
#define RAPPEL_TARGET __attribute__((target("i8mm,bf16")))
#else
#define RAPPEL_TARGET __attribute__((target("arch=armv8.2-a+i8mm+bf16")))
#endif

#include "engine/cpu/product_neon-inl.h"

namespace rappel::cpu {
namespace {

constexpr int kTileRows = 6;
constexpr int kPairs = 2 * kVectors;  // pairs of columns of a panel

RAPPEL_TARGET inline int32x4_t zero(int32x4_t) { return vdupq_n_s32(0); }
RAPPEL_TARGET inline float32x4_t zero(float32x4_t) { return vdupq_n_f32(0.0f); }
RAPPEL_TARGET inline int32x4_t matrix_product(int32x4_t sum, int8x16_t rows, int8x16_t columns) {
  return vusmmlaq_s32(sum, vreinterpretq_u8_s8(rows), columns);
}
RAPPEL_TARGET inline float32x4_t matrix_product(float32x4_t sum, int8x16_t rows, int8x16_t columns) {
  return vbfmmlaq_f32(sum, vreinterpretq_bf16_s8(rows), vreinterpretq_bf16_s8(columns));
}
// One row from two pairs of columns, each [row 0: 2 columns][row 1: 2 columns].
RAPPEL_TARGET inline int32x4_t row_of(int32x4_t a, int32x4_t b, bool second) {
  const int64x2_t x = vreinterpretq_s64_s32(a), y = vreinterpretq_s64_s32(b);
  return vreinterpretq_s32_s64(second ? vzip2q_s64(x, y) : vzip1q_s64(x, y));
}
RAPPEL_TARGET inline float32x4_t row_of(float32x4_t a, float32x4_t b, bool second) {
  return vreinterpretq_f32_s32(row_of(vreinterpretq_s32_f32(a), vreinterpretq_s32_f32(b), second));
}

// Sums over `bytes` of each row and column, 8 at a time. Not inlined, because inside the loop over groups GCC
// keeps the sums in memory.
template <class Sum, int kRows>
RAPPEL_TARGET __attribute__((noinline)) void multiply_steps(const std::byte* in, std::size_t in_stride,
                                                            const std::byte* weights, std::size_t bytes,
                                                            Sum (&out)[kRows][kVectors]) {
  constexpr int kRowPairs = (kRows + 1) / 2;
  Sum sums[kRowPairs][kPairs];
#pragma GCC unroll 4
  for (int i = 0; i < kRowPairs; ++i)
#pragma GCC unroll 8
    for (int p = 0; p < kPairs; ++p) sums[i][p] = zero(Sum());
  for (std::size_t left = bytes / 8; left != 0; --left) {
    int8x16_t rows[kRowPairs];
#pragma GCC unroll 4
    for (int i = 0; i < kRowPairs; ++i) {
      const auto* a = reinterpret_cast<const std::int8_t*>(in + static_cast<std::size_t>(2 * i) * in_stride);
      rows[i] = vcombine_s8(vld1_s8(a), vld1_s8(a + in_stride));
    }
#pragma GCC unroll 4
    for (int p = 0; p < kVectors; ++p) {
      const std::byte* from = weights + static_cast<std::size_t>(p) * kVectorBytes;
      const int32x4_t b0 = vreinterpretq_s32_s8(load(from)),
                      b1 = vreinterpretq_s32_s8(load(from + kStepBytes));
      const int8x16_t low = vreinterpretq_s8_s32(vzip1q_s32(b0, b1)),
                      high = vreinterpretq_s8_s32(vzip2q_s32(b0, b1));
#pragma GCC unroll 4
      for (int i = 0; i < kRowPairs; ++i) {
        sums[i][2 * p] = matrix_product(sums[i][2 * p], rows[i], low);
        sums[i][2 * p + 1] = matrix_product(sums[i][2 * p + 1], rows[i], high);
        hold(sums[i][2 * p]);
        hold(sums[i][2 * p + 1]);
      }
    }
    in += 8;
    weights += 2 * kStepBytes;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
    for (int p = 0; p < kVectors; ++p)
      out[i][p] = row_of(sums[i / 2][2 * p], sums[i / 2][2 * p + 1], i % 2 != 0);
}

template <Format kFormat, int kRows>
RAPPEL_TARGET void multiply_tile(const ProductArgs& args, const TilePlace& at) {
  const std::byte* in = at.in;
  const std::byte* weights = panel_weights(args, at.panel, element_bytes(kFormat));
  if constexpr (kFormat == Format::kInt8) {
    int32x4_t sums[kRows][kVectors];
    for (std::size_t begin = 0; begin < args.inputs; begin += kGroup) {
      multiply_steps<int32x4_t, kRows>(in + begin, args.in_stride, weights + begin * kPanel,
                                       std::min(kGroup, args.inputs - begin), sums);
      add_scaled<kRows>(args, at, begin / kGroup, sums);
    }
  } else {
    float32x4_t sums[kRows][kVectors];
    multiply_steps<float32x4_t, kRows>(in, args.in_stride, weights, 2 * args.inputs, sums);
    for (int i = 0; i < kRows; ++i)
      for (int p = 0; p < kVectors; ++p)
        vst1q_f32(at.out + static_cast<std::size_t>(i) * args.linear.out_stride +
                      static_cast<std::size_t>(p) * kVectorColumns,
                  sums[i][p]);
  }
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__aarch64__)
const Product* neon_i8mm_int8() {
  static const Product product{.feature = "I8MM",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTileRows,
                               .multiply = &multiply_panels<Format::kInt8, kTileRows>};
  return &product;
}
const Product* neon_bf16() {
  static const Product product{.feature = "BF16",
                               .format = Format::kBf16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTileRows,
                               .multiply = &multiply_panels<Format::kBf16, kTileRows>};
  return &product;
}
#else
const Product* neon_i8mm_int8() { return nullptr; }
const Product* neon_bf16() { return nullptr; }
#endif

}  // namespace rappel::cpu
