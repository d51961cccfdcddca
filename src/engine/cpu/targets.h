// Which instruction sets the kernels are compiled for. To be included before any Highway header.
//
// x86-64: baseline (emulated, for tests and very old machines), SSE4, AVX2 with FMA, AVX-512; aarch64: NEON.
// SSSE3 brings nothing over SSE4 here and SVE would need kernels without arrays of vectors; both would only
// cost compile time.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
