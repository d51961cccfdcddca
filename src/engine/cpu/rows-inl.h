// Row-wise kernels: LayerNorm, L2 normalization, mean pooling.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_ROWS_INL_H_
#undef RAPPEL_ENGINE_CPU_ROWS_INL_H_
#else
#define RAPPEL_ENGINE_CPU_ROWS_INL_H_
#endif

#include <algorithm>
#include <cmath>

#include "engine/cpu/kernels.h"
#include "engine/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sum over the columns of f(vector); elements after the columns count as zero.
template <class F>
HWY_INLINE float sum_columns(const float* row, std::size_t columns, F f) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= columns; i += lanes) sum = hn::Add(sum, f(hn::LoadU(d, row + i)));
  if (i < columns)
    sum = hn::Add(sum, hn::IfThenElseZero(hn::FirstN(d, columns - i), f(hn::LoadU(d, row + i))));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// Two passes, mean and then mean squared deviation, to avoid catastrophic cancellation.
void layer_norm(const NormArgs& norm, float* row) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto count = static_cast<float>(norm.columns);
  const auto mean = hn::Set(d, sum_columns(row, norm.columns, [](auto v) HWY_ATTR { return v; }) / count);
  const float variance = sum_columns(row, norm.columns,
                                     [mean](auto v) HWY_ATTR {
                                       const auto distance = hn::Sub(v, mean);
                                       return hn::Mul(distance, distance);
                                     }) /
                         count;
  const auto scale = hn::Set(d, 1.0f / std::sqrt(variance + norm.eps));
  for (std::size_t i = 0; i < norm.columns; i += lanes) {
    const auto value = hn::Mul(hn::Sub(hn::LoadU(d, row + i), mean), scale);
    hn::StoreU(hn::MulAdd(value, hn::LoadU(d, norm.scale + i), hn::LoadU(d, norm.shift + i)), d, row + i);
  }
}

void l2_normalize(float* row, std::size_t columns) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const float squares = sum_columns(row, columns, [](auto v) HWY_ATTR { return hn::Mul(v, v); });
  const auto scale = hn::Set(d, 1.0f / std::max(std::sqrt(squares), 1e-12f));
  for (std::size_t i = 0; i < columns; i += lanes)
    hn::StoreU(hn::Mul(hn::LoadU(d, row + i), scale), d, row + i);
}

void multiply(const float* in, const float* factors, std::size_t count, float* out) {
  const hn::ScalableTag<float> d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(hn::Mul(hn::LoadU(d, in + i), hn::LoadU(d, factors + i)), d, out + i);
}

void mean(const float* rows, std::size_t stride, std::size_t count, std::size_t columns, float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto scale = hn::Set(d, 1.0f / static_cast<float>(count));
  for (std::size_t i = 0; i < columns; i += lanes) {
    auto sum = hn::Zero(d);
    for (std::size_t row = 0; row < count; ++row) sum = hn::Add(sum, hn::LoadU(d, rows + row * stride + i));
    hn::StoreU(hn::Mul(sum, scale), d, out + i);
  }
}

template <class F>
HWY_INLINE void map(const float* in, std::size_t count, float* out, F f) {
  const hn::CappedTag<float, 1> d;
  for (std::size_t i = 0; i < count; ++i) hn::StoreU(f(d, hn::LoadU(d, in + i)), d, out + i);
}

void map_exp(const float* in, std::size_t count, float* out) {
  map(in, count, out, [](auto d, auto v) HWY_ATTR { return exp_vector(d, v); });
}
void map_exp2(const float* in, std::size_t count, float* out) {
  map(in, count, out, [](auto d, auto v) HWY_ATTR { return exp2_vector(d, v); });
}
void map_gelu(const float* in, std::size_t count, float* out) {
  map(in, count, out, [](auto d, auto v) HWY_ATTR { return gelu_vector(d, v); });
}
void map_tanh(const float* in, std::size_t count, float* out) {
  map(in, count, out, [](auto d, auto v) HWY_ATTR { return tanh_vector(d, v); });
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
