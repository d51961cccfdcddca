// The instruction sets that the kernels of the index are compiled for. Include before any Highway header.
//
// AVX3_DL is AVX-512 with a population count. SSSE3 has no advantage over SSE4 here, and SVE does not allow
// arrays of vectors; both are left out to save compile time.
#pragma once

#define HWY_WANT_AVX3_DL
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
