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
  return {name,         label,         hn::Lanes(hn::ScalableTag<float>()),
          kTileRows,    &linear,       &attention,
          &layer_norm,  &l2_normalize, &mean,
          &finish,      &reduce_int8,  &reduce_int16, &reduce_bf16,
          &map_exp,     &map_exp2,     &map_gelu,    &map_tanh};
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <vector>

#include "base/check.h"

namespace rappel::cpu {
namespace {

std::vector<const Kernels*> supported_kernels() {
  // Highway orders targets by their bit, best first, and so does this list.
  std::vector<const Kernels*> list;
  const auto add = [&list](std::int64_t target, const Kernels& kernels) {
    if ((hwy::SupportedTargets() & target) != 0) list.push_back(&kernels);
  };
#if HWY_TARGETS & HWY_AVX3
  static const Kernels avx512 = N_AVX3::make_kernels("avx512", "AVX-512");
  add(HWY_AVX3, avx512);
#endif
#if HWY_TARGETS & HWY_AVX2
  static const Kernels avx2 = N_AVX2::make_kernels("avx2", "AVX2");
  add(HWY_AVX2, avx2);
#endif
#if HWY_TARGETS & HWY_SSE4
  static const Kernels sse4 = N_SSE4::make_kernels("sse4", "SSE4");
  add(HWY_SSE4, sse4);
#endif
#if HWY_TARGETS & HWY_NEON
  static const Kernels neon = N_NEON::make_kernels("neon", "NEON");
  add(HWY_NEON, neon);
#endif
#if HWY_TARGETS & HWY_EMU128
  static const Kernels portable = N_EMU128::make_kernels("portable", "portable");
  list.push_back(&portable);
#endif
#if HWY_TARGETS & HWY_SCALAR
  static const Kernels portable = N_SCALAR::make_kernels("portable", "portable");
  list.push_back(&portable);
#endif
  RAPPEL_CHECK(!list.empty(), "the compiler's baseline instruction set is always there");
  return list;
}

}  // namespace

std::span<const Kernels* const> all_kernels() {
  static const std::vector<const Kernels*> list = supported_kernels();
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
