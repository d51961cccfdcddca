#include "index/simd_targets.h"
// Before Highway.
#include "index/half_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/half_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rappel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void widen_halves_simd(const std::uint16_t* HWY_RESTRICT halves, std::size_t count, float* HWY_RESTRICT out) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> dh;
  const auto* from = reinterpret_cast<const hwy::float16_t*>(halves);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::PromoteTo(d, hn::LoadU(dh, from + i)), d, out + i);
  const hn::CappedTag<float, 1> one;
  const hn::Rebind<hwy::float16_t, decltype(one)> one_half;
  for (; i < count; ++i) hn::StoreU(hn::PromoteTo(one, hn::LoadU(one_half, from + i)), one, out + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rappel {

HWY_EXPORT(widen_halves_simd);

void widen_halves(const std::uint16_t* halves, std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(widen_halves_simd)(halves, count, out);
}

}  // namespace rappel
#endif
