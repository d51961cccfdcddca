#include "engine/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/attention-inl.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/linear-inl.h"
#include "engine/cpu/reduce-inl.h"
#include "engine/cpu/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {

Kernels make_kernels(const char* name, const char* label) {
  static_assert(kTaskQueries % (kTilePanels * HWY_MAX_BYTES / sizeof(float)) == 0 || HWY_MAX_BYTES > 64,
                "a task is whole groups of queries");
  return {.name = name,
          .label = label,
          .lanes = hn::Lanes(hn::ScalableTag<float>()),
          .tile_rows = kTileRows,
          .linear = &linear,
          .attention = &attention,
          .layer_norm = &layer_norm,
          .l2_normalize = &l2_normalize,
          .mean = &mean,
          .finish = &finish,
          .reduce_int8 = &reduce_int8,
          .reduce_int16 = &reduce_int16,
          .reduce_bf16 = &reduce_bf16,
          .reduce_wide = &reduce_wide,
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

#include "base/check.h"
#include "engine/cpu/cpu_features.h"

namespace rappel::cpu {
namespace {

using MakeKernels = Kernels (*)(const char* name, const char* label);

// Called only if the machine can run it, because make_kernels() itself is compiled for the instruction set.
KernelSet kernel_set(const char* name, const char* label, const char* feature, MakeKernels make) {
  const bool runs = *feature == '\0' || missing_features(std::span(&feature, 1)).empty();
  return {name, feature, runs ? std::optional(make(name, label)) : std::nullopt};
}

// Best first.
std::vector<KernelSet> make_kernel_sets() {
  std::vector<KernelSet> list;
#if HWY_TARGETS & HWY_AVX3
  list.push_back(kernel_set("avx512", "AVX-512", "AVX-512", &N_AVX3::make_kernels));
#endif
#if HWY_TARGETS & HWY_AVX2
  list.push_back(kernel_set("avx2", "AVX2", "AVX2", &N_AVX2::make_kernels));
#endif
#if HWY_TARGETS & HWY_SSE4
  list.push_back(kernel_set("sse4", "SSE4", "SSE4", &N_SSE4::make_kernels));
#endif
#if HWY_TARGETS & HWY_NEON
  list.push_back(kernel_set("neon", "NEON", "NEON", &N_NEON::make_kernels));
#endif
#if HWY_TARGETS & HWY_EMU128
  list.push_back(kernel_set("portable", "portable", "", &N_EMU128::make_kernels));
#endif
#if HWY_TARGETS & HWY_SCALAR
  list.push_back(kernel_set("portable", "portable", "", &N_SCALAR::make_kernels));
#endif
  return list;
}

std::vector<const Kernels*> runnable_kernels() {
  std::vector<const Kernels*> list;
  for (const KernelSet& set : kernel_sets())
    if (set.kernels) list.push_back(&*set.kernels);
  RAPPEL_CHECK(!list.empty(), "the compiler's baseline instruction set runs everywhere");
  return list;
}

}  // namespace

std::span<const KernelSet> kernel_sets() {
  static const std::vector<KernelSet> list = make_kernel_sets();
  return list;
}

std::span<const Kernels* const> all_kernels() {
  static const std::vector<const Kernels*> list = runnable_kernels();
  return list;
}

const Kernels* find_kernels(std::string_view name) {
  if (name.empty()) return all_kernels().front();
  for (const Kernels* kernels : all_kernels())
    if (name == kernels->name) return kernels;
  return nullptr;
}

}  // namespace rappel::cpu

#endif  // HWY_ONCE
