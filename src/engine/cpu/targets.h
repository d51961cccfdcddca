// The instruction sets that the kernels are compiled for. Include before any Highway header.
//
// x86-64: baseline (emulated, for tests and very old machines), SSE4, AVX2 with FMA, AVX-512; aarch64: NEON.
// SSSE3 has no advantage over SSE4 here, and SVE does not allow arrays of vectors; both are left out to save
// compile time.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
