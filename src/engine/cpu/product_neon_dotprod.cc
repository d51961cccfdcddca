// NEON with dot products (ARMv8.2 FEAT_DotProd): sdot adds four signed byte products in 32 bits.
#include "engine/cpu/product.h"

#if defined(__aarch64__)

// GCC expects an architecture here, clang the names of features.
#if defined(__clang__)
#define RAPPEL_TARGET __attribute__((target("dotprod")))
#else
#define RAPPEL_TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif

#include "engine/cpu/product_neon-inl.h"

namespace rappel::cpu {
namespace {

constexpr int kTileRows = 5;

template <int kStep, int kRows>
RAPPEL_TARGET inline void add_step(int32x4_t (&sums)[kRows][kVectors], const int8x16_t (&a)[kRows],
                                   const std::byte* weights) {
#pragma GCC unroll 4
  for (int p = 0; p < kVectors; ++p) {
    const int8x16_t b = load(weights + kStep * kStepBytes + static_cast<std::size_t>(p) * kVectorBytes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      sums[i][p] = vdotq_laneq_s32(sums[i][p], b, a[i], kStep);
      hold(sums[i][p]);
    }
  }
}

template <Format kFormat, int kRows>
RAPPEL_TARGET void multiply_tile(const ProductArgs& args, const TilePlace& at) {
  static_assert(kFormat == Format::kInt8);
  const std::byte* in = at.in;
  const std::byte* weights = panel_weights(args, at.panel, 1);
  const std::size_t in_stride = args.in_stride;
  for (std::size_t begin = 0; begin < args.inputs; begin += kGroup) {
    int32x4_t sums[kRows][kVectors];
#pragma GCC unroll 4
    for (int p = 0; p < kVectors; ++p) {
      const int32x4_t start = shifted_start(args, at, begin / kGroup, p);
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) sums[i][p] = start;
    }
    // Four steps, 16 bytes of each row, at a time.
    for (std::size_t left = std::min(kGroup, args.inputs - begin) / 16; left != 0; --left) {
      int8x16_t a[kRows];
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) a[i] = shifted(load(in + static_cast<std::size_t>(i) * in_stride));
      add_step<0, kRows>(sums, a, weights);
      add_step<1, kRows>(sums, a, weights);
      add_step<2, kRows>(sums, a, weights);
      add_step<3, kRows>(sums, a, weights);
      in += 16;
      weights += 4 * kStepBytes;
    }
    add_scaled<kRows>(args, at, begin / kGroup, sums);
  }
}

}  // namespace
}  // namespace rappel::cpu
#endif

namespace rappel::cpu {

#if defined(__aarch64__)
const Product* neon_dotprod_int8() {
  static const Product product{.feature = "DotProd",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTileRows,
                               .multiply = &multiply_panels<Format::kInt8, kTileRows>};
  return &product;
}
#else
const Product* neon_dotprod_int8() { return nullptr; }
#endif

}  // namespace rappel::cpu
