#include "engine/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/attention-inl.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/linear-inl.h"
#include "engine/cpu/quantize-inl.h"
#include "engine/cpu/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {

Kernels make_kernels() {
  static_assert(kTaskQueries % (kTilePanels * HWY_MAX_BYTES / sizeof(float)) == 0 || HWY_MAX_BYTES > 64,
                "a task is whole groups of queries");
  return {.lanes = hn::Lanes(hn::ScalableTag<float>()),
          .tile_rows = kTileRows,
          .linear = &linear,
          .attention = &attention,
          .layer_norm = &layer_norm,
          .l2_normalize = &l2_normalize,
          .mean = &mean,
          .finish = &finish,
          .quantize_int8 = &quantize_int8,
          .quantize_int16 = &quantize_int16,
          .quantize_bf16 = &quantize_bf16,
          .quantize_wide = &quantize_wide,
          .multiply = &multiply,
          .exp = &map_exp,
          .exp2 = &map_exp2,
          .gelu = &map_gelu,
          .tanh = &map_tanh};
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <vector>

#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {
namespace {

using MakeKernels = Kernels (*)();

// Called only if the machine can run it, because make_kernels() itself is compiled for the instruction set.
KernelSet kernel_set(const char* name, const char* feature, MakeKernels make) {
  const bool runs = *feature == '\0' || missing_features(std::span(&feature, 1)).empty();
  return {name, feature, runs ? std::optional(make()) : std::nullopt};
}

// Fastest first.
std::vector<KernelSet> make_kernel_sets() {
  std::vector<KernelSet> list;
#if HWY_TARGETS & HWY_AVX3
  list.push_back(kernel_set("avx512", "AVX-512", &N_AVX3::make_kernels));
#endif
#if HWY_TARGETS & HWY_AVX2
  list.push_back(kernel_set("avx2", "AVX2", &N_AVX2::make_kernels));
#endif
#if HWY_TARGETS & HWY_SSE4
  list.push_back(kernel_set("sse4", "SSE4", &N_SSE4::make_kernels));
#endif
#if HWY_TARGETS & HWY_NEON
  list.push_back(kernel_set("neon", "NEON", &N_NEON::make_kernels));
#endif
#if HWY_TARGETS & HWY_EMU128
  list.push_back(kernel_set("portable", "", &N_EMU128::make_kernels));
#endif
#if HWY_TARGETS & HWY_SCALAR
  list.push_back(kernel_set("portable", "", &N_SCALAR::make_kernels));
#endif
  return list;
}

}  // namespace

std::span<const KernelSet> kernel_sets() {
  static const std::vector<KernelSet> list = make_kernel_sets();
  return list;
}

}  // namespace rappel::cpu

#endif  // HWY_ONCE
