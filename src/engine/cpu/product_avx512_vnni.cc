// AVX-512 VNNI: four byte products and their exact sum in one instruction, on 512-bit registers.
#include "engine/cpu/product.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define RAPPEL_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

namespace rappel::cpu {
namespace {

constexpr int kVectors = 1, kTilePanels = 2, kTileRows8 = 14, kTileRows16 = 14;
constexpr bool kPaired8 = false;
using Ints = __m512i;
using Floats = __m512;

RAPPEL_TARGET inline Ints zero() { return _mm512_setzero_si512(); }
RAPPEL_TARGET inline Ints load(const std::byte* p) { return _mm512_load_si512(p); }
RAPPEL_TARGET inline Ints broadcast(const std::byte* p) {
  return _mm512_castps_si512(_mm512_set1_ps(*reinterpret_cast<const float*>(p)));
}
// Inline assembler, because with intrinsics GCC 12 spills some of the sums to the stack.
RAPPEL_TARGET inline void dot8(Ints& sum, Ints a, Ints b) {
  __asm__("vpdpbusd %[b], %[a], %[sum]" : [sum] "+v"(sum) : [a] "v"(a), [b] "v"(b));
}
RAPPEL_TARGET inline void dot16(Ints& sum, Ints a, Ints b) {
  __asm__("vpdpwssd %[b], %[a], %[sum]" : [sum] "+v"(sum) : [a] "v"(a), [b] "v"(b));
}
RAPPEL_TARGET inline Floats load_floats(const float* p) { return _mm512_loadu_ps(p); }
RAPPEL_TARGET inline void store_floats(float* p, Floats v) { _mm512_storeu_ps(p, v); }
RAPPEL_TARGET inline Floats set(float v) { return _mm512_set1_ps(v); }
// The unmasked intrinsic causes a warning in a header of GCC 12; both compile to the same instruction.
RAPPEL_TARGET inline Floats to_floats(Ints v) { return _mm512_maskz_cvtepi32_ps(0xffff, v); }
RAPPEL_TARGET inline Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
RAPPEL_TARGET inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
RAPPEL_TARGET inline Floats negative_multiply_add(Floats a, Floats b, Floats c) {
  return _mm512_fnmadd_ps(a, b, c);
}

}  // namespace
}  // namespace rappel::cpu

#include "engine/cpu/product-inl.h"
#endif

namespace rappel::cpu {

#if defined(__x86_64__)
const Product* avx512_vnni_int8() {
  static const Product product{.feature = "AVX-512 VNNI",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTileRows8,
                               .multiply = &multiply_all<Format::kInt8>};
  return &product;
}
const Product* avx512_vnni_int16() {
  static const Product product{.feature = "AVX-512 VNNI",
                               .format = Format::kInt16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTileRows16,
                               .multiply = &multiply_all<Format::kInt16>};
  return &product;
}
#else
const Product* avx512_vnni_int8() { return nullptr; }
const Product* avx512_vnni_int16() { return nullptr; }
#endif

}  // namespace rappel::cpu
