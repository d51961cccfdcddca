#include "index/flat/flat_scan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/flat/flat_scan.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rappel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kFlatScanPad>;
using Vec = hn::Vec<Tag>;

float sum(Tag d, Vec v) { return hn::GetLane(hn::SumOfLanes(d, v)); }

// Four rows at once give four independent chains of additions; a single row is added in the same order.
void scan_rows_simd(const float* HWY_RESTRICT query, const float* HWY_RESTRICT rows, std::size_t count,
                    std::size_t stride, float* HWY_RESTRICT out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* r0 = rows + i * stride;
    const float* r1 = r0 + stride;
    const float* r2 = r1 + stride;
    const float* r3 = r2 + stride;
    Vec s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (std::size_t j = 0; j < stride; j += lanes) {
      const Vec q = hn::Load(d, query + j);
      s0 = hn::MulAdd(q, hn::Load(d, r0 + j), s0);
      s1 = hn::MulAdd(q, hn::Load(d, r1 + j), s1);
      s2 = hn::MulAdd(q, hn::Load(d, r2 + j), s2);
      s3 = hn::MulAdd(q, hn::Load(d, r3 + j), s3);
    }
    out[i] = sum(d, s0);
    out[i + 1] = sum(d, s1);
    out[i + 2] = sum(d, s2);
    out[i + 3] = sum(d, s3);
  }
  for (; i < count; ++i) {
    Vec s = hn::Zero(d);
    for (std::size_t j = 0; j < stride; j += lanes)
      s = hn::MulAdd(hn::Load(d, query + j), hn::Load(d, rows + i * stride + j), s);
    out[i] = sum(d, s);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rappel {

HWY_EXPORT(scan_rows_simd);

void scan_rows(const float* query, const float* rows, std::size_t count, std::size_t stride, float* out) {
  HWY_DYNAMIC_DISPATCH(scan_rows_simd)(query, rows, count, stride, out);
}

}  // namespace rappel
#endif
