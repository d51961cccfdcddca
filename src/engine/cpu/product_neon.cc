// NEON without dot products: byte products are added in 16 bits, two at a time, which cannot overflow
// (2 * 128 * 127 < 32768), and then in pairs in 32 bits. The sums are exact, so results are bit-identical to
// the other products.
#include "engine/cpu/product.h"

#if defined(__aarch64__)

#define RAPPEL_TARGET

#include "engine/cpu/product_neon-inl.h"

namespace rappel::cpu {
namespace {

constexpr int kTileRows8 = 2, kTileRows16 = 3;

inline int8x16_t broadcast(const std::byte* p) {
  return vreinterpretq_s8_s32(vld1q_dup_s32(reinterpret_cast<const std::int32_t*>(p)));
}

// Two sums per column, [column][even and odd inputs], in the two halves of a vector of weights.
struct Halves {
  int32x4_t low, high;
};

// Two steps, 8 bytes of each row.
template <int kRows>
inline void add_steps(Halves (&sums)[kRows][kVectors], const std::byte* in, std::size_t in_stride,
                      const std::byte* weights) {
  int8x16_t first[kRows], second[kRows];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
    const std::byte* a = in + static_cast<std::size_t>(i) * in_stride;
    first[i] = shifted(broadcast(a));
    second[i] = shifted(broadcast(a + 4));
  }
#pragma GCC unroll 4
  for (int p = 0; p < kVectors; ++p) {
    const std::byte* from = weights + static_cast<std::size_t>(p) * kVectorBytes;
    const int8x16_t b0 = load(from), b1 = load(from + kStepBytes);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(first[i]), vget_low_s8(b0)), vget_low_s8(second[i]),
                                     vget_low_s8(b1)),
                      high = vmlal_high_s8(vmull_high_s8(first[i], b0), second[i], b1);
      sums[i][p].low = vpadalq_s16(sums[i][p].low, low);
      sums[i][p].high = vpadalq_s16(sums[i][p].high, high);
      hold(sums[i][p].low);
      hold(sums[i][p].high);
    }
  }
}

// Two steps of 16-bit numbers, 8 bytes of each row.
template <int kRows>
inline void add_steps16(Halves (&sums)[kRows][kVectors], const std::byte* in, std::size_t in_stride,
                        const std::byte* weights) {
#pragma GCC unroll 2
  for (std::size_t step = 0; step < 2; ++step) {
    int16x8_t a[kRows];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i)
      a[i] = vreinterpretq_s16_s8(broadcast(in + static_cast<std::size_t>(i) * in_stride + 4 * step));
#pragma GCC unroll 4
    for (int p = 0; p < kVectors; ++p) {
      const int16x8_t b = vreinterpretq_s16_s8(
          load(weights + step * kStepBytes + static_cast<std::size_t>(p) * kVectorBytes));
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) {
        sums[i][p].low = vmlal_s16(sums[i][p].low, vget_low_s16(a[i]), vget_low_s16(b));
        sums[i][p].high = vmlal_high_s16(sums[i][p].high, a[i], b);
        hold(sums[i][p].low);
        hold(sums[i][p].high);
      }
    }
  }
}

template <Format kFormat, int kRows>
void multiply_tile(const ProductArgs& args, const TilePlace& at) {
  constexpr std::size_t kElement = element_bytes(kFormat);
  const std::byte* in = at.in;
  const std::byte* weights = panel_weights(args, at.panel, kElement);
  const std::size_t in_stride = args.in_stride;
  for (std::size_t begin = 0; begin < args.inputs; begin += kGroup) {
    Halves sums[kRows][kVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int p = 0; p < kVectors; ++p) sums[i][p] = {vdupq_n_s32(0), vdupq_n_s32(0)};
    for (std::size_t left = std::min(kGroup, args.inputs - begin) * kElement / 8; left != 0; --left) {
      if constexpr (kFormat == Format::kInt8)
        add_steps<kRows>(sums, in, in_stride, weights);
      else
        add_steps16<kRows>(sums, in, in_stride, weights);
      in += 8;
      weights += 2 * kStepBytes;
    }
    int32x4_t whole[kRows][kVectors];
#pragma GCC unroll 4
    for (int p = 0; p < kVectors; ++p) {
      const int32x4_t start =
          kFormat == Format::kInt8 ? shifted_start(args, at, begin / kGroup, p) : vdupq_n_s32(0);
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i)
        whole[i][p] = vaddq_s32(vpaddq_s32(sums[i][p].low, sums[i][p].high), start);
    }
    add_scaled<kRows>(args, at, begin / kGroup, whole);
  }
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__aarch64__)
const Product* neon_int8() {
  static const Product product{.feature = "NEON",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTileRows8,
                               .multiply = &multiply_panels<Format::kInt8, kTileRows8>};
  return &product;
}
const Product* neon_int16() {
  static const Product product{.feature = "NEON",
                               .format = Format::kInt16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTileRows16,
                               .multiply = &multiply_panels<Format::kInt16, kTileRows16>};
  return &product;
}
#else
const Product* neon_int8() { return nullptr; }
const Product* neon_int16() { return nullptr; }
#endif

}  // namespace rappel::cpu
