// exp, erf-GELU and tanh for vectors of float. The coefficients were fitted for this file (least squares with
// Lawson's reweighting, close to minimax); kernels_test.cc checks the stated errors on dense samples.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_MATH_INL_H_
#undef RAPPEL_ENGINE_CPU_MATH_INL_H_
#else
#define RAPPEL_ENGINE_CPU_MATH_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// e^x for x <= 88; relative error at most 2.5e-7. Below -87 the result is e^-87 (1.6e-38), never
// denormal or zero.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_vector(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = hn::Min(hn::Max(x, hn::Set(d, -87.0f)), hn::Set(d, 88.0f));
  // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts, so that n ln 2 is exact in the first.
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504f)));
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  // e^r = 1 + r + r^2 g(r), fitted to 3.1e-9.
  V g = hn::Set(d, 0.0013814540579915047f);
  g = hn::MulAdd(g, r, hn::Set(d, 0.00836874544620514f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.04166838899254799f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.1666652113199234f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.4999999403953552f));
  const V mantissa = hn::MulAdd(g, hn::Mul(r, r), hn::Add(r, hn::Set(d, 1.0f)));
  const auto exponent = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(di, n), hn::Set(di, 127)));
  return hn::Mul(mantissa, hn::BitCast(d, exponent));
}

// 2^x for x <= 0, for the softmax: relative error at most 2.5e-7. Below -126 the result is 2^-126.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp2_vector(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = hn::Max(x, hn::Set(d, -126.0f));
  const V n = hn::Round(x);
  const V r = hn::Sub(x, n);  // exact
  // 2^r = 1 + r g(r), fitted to 9.2e-8 for |r| <= 1/2.
  V g = hn::Set(d, 0.001326472731307149f);
  g = hn::MulAdd(g, r, hn::Set(d, 0.009671512991189957f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.05550733581185341f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.24022242426872253f));
  g = hn::MulAdd(g, r, hn::Set(d, 0.6931470036506653f));
  const V mantissa = hn::MulAdd(g, r, hn::Set(d, 1.0f));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, mantissa), hn::ShiftLeft<23>(hn::ConvertTo(di, n))));
}

// erf(x) as x p(x^2) / q(x^2), fitted to 7e-9; absolute error at most 5e-7 from rounding, exactly +-1 for |x|
// >= 3.7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf_vector(D d, V x) {
  const V z = hn::Mul(x, x);
  V p = hn::Set(d, 2.2182059637998464e-06f);
  p = hn::MulAdd(p, z, hn::Set(d, 0.00028951867716386914f));
  p = hn::MulAdd(p, z, hn::Set(d, 0.003573724767193198f));
  p = hn::MulAdd(p, z, hn::Set(d, 0.052207931876182556f));
  p = hn::MulAdd(p, z, hn::Set(d, 0.1847928762435913f));
  p = hn::MulAdd(p, z, hn::Set(d, 1.1283791065216064f));
  V q = hn::Set(d, 4.0054339478956535e-05f);
  q = hn::MulAdd(q, z, hn::Set(d, 0.001132077886722982f));
  q = hn::MulAdd(q, z, hn::Set(d, 0.01458548754453659f));
  q = hn::MulAdd(q, z, hn::Set(d, 0.1119711697101593f));
  q = hn::MulAdd(q, z, hn::Set(d, 0.4971010386943817f));
  q = hn::MulAdd(q, z, hn::Set(d, 1.0f));
  const V inside = hn::Div(hn::Mul(x, p), q);
  return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 3.7f)), inside, hn::CopySign(hn::Set(d, 1.0f), x));
}

// x/2 (1 + erf(x / sqrt 2)); absolute error for |x| <= 6 at most 1e-6, without fused multiply-add (SSE4,
// portable) 1.2e-6; beyond that the rounding error only.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_vector(D d, V x) {
  const V half = hn::Mul(x, hn::Set(d, 0.5f));
  return hn::MulAdd(half, erf_vector(d, hn::Mul(x, hn::Set(d, 0.70710678f))), half);
}

// (1 - e^-2|x|) / (1 + e^-2|x|) with the sign of x; absolute error at most 3e-7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh_vector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V e = exp_vector(d, hn::Mul(hn::Abs(x), hn::Set(d, -2.0f)));
  return hn::CopySign(hn::Div(hn::Sub(one, e), hn::Add(one, e)), x);
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
