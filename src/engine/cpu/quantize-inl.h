// Quantizes activations for the products of quantized weights.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_QUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_QUANTIZE_INL_H_
#undef RAPPEL_ENGINE_CPU_QUANTIZE_INL_H_
#else
#define RAPPEL_ENGINE_CPU_QUANTIZE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/cpu/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A group with a smaller range is stored as zeros, because its step would be denormal.
constexpr float kLeastSpan = 1e-30f;

struct Span {
  float low, high;  // range that includes zero
};

inline Span span_of(const float* in, std::size_t count) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto low = hn::Zero(d), high = hn::Zero(d), low2 = low,
       high2 = high;  // two accumulators each, because one chain of minima is slow
  std::size_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const auto v = hn::LoadU(d, in + i), w = hn::LoadU(d, in + i + lanes);
    low = hn::Min(low, v);
    high = hn::Max(high, v);
    low2 = hn::Min(low2, w);
    high2 = hn::Max(high2, w);
  }
  for (; i < count; i += lanes) {
    const auto v = hn::IfThenElseZero(hn::FirstN(d, count - i), hn::LoadU(d, in + i));
    low = hn::Min(low, v);
    high = hn::Max(high, v);
  }
  return {hn::GetLane(hn::MinOfLanes(d, hn::Min(low, low2))),
          hn::GetLane(hn::MaxOfLanes(d, hn::Max(high, high2)))};
}

inline float nearest(float value) {
  const hn::CappedTag<float, 1> one;
  return hn::GetLane(hn::Round(hn::Set(one, value)));
}

// round(in * factor + zero), within least..most. Elements after the group may be written, up to whole
// vectors.
template <class T>
inline void round_group(const float* in, std::size_t count, float factor, float zero, float least, float most,
                        T* out) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<T, decltype(d)> narrow;
  const auto f = hn::Set(d, factor), z = hn::Set(d, zero), low = hn::Set(d, least), high = hn::Set(d, most);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto v = hn::Min(hn::Max(hn::MulAdd(hn::LoadU(d, in + i), f, z), low), high);
    hn::StoreU(hn::DemoteTo(narrow, hn::NearestInt(v)), narrow, out + i);
  }
}

void quantize_int8(const QuantizeArgs& args, void* out, float* scales) {
  auto* to = static_cast<std::uint8_t*>(out);
  const auto levels = static_cast<float>(args.levels);
  for (std::size_t at = 0; at < args.inputs; at += args.group, scales += 2) {
    const std::size_t count = std::min(args.group, args.inputs - at);
    const Span span = span_of(args.in + at, count);
    const float width = span.high - span.low;
    const float factor = width > kLeastSpan ? levels / width : 0.0f;
    scales[0] = width > kLeastSpan ? width / levels : 0.0f;
    scales[1] = nearest(-span.low * factor);
    round_group(args.in + at, count, factor, scales[1], 0.0f, levels, to + at);
  }
}

void quantize_wide(const QuantizeArgs& args, void* high, float* high_scales, void* low, float* low_scales) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  auto *to_high = static_cast<std::uint8_t*>(high), *to_low = static_cast<std::uint8_t*>(low);
  const int base = args.levels + 1, bits = args.levels == 255 ? 8 : 7;
  const auto levels = static_cast<float>(base * base - 1);
  for (std::size_t at = 0; at < args.inputs; at += args.group, high_scales += 2, low_scales += 2) {
    const std::size_t count = std::min(args.group, args.inputs - at);
    const Span span = span_of(args.in + at, count);
    const float width = span.high - span.low;
    const float factor = width > kLeastSpan ? levels / width : 0.0f;
    const float zero = nearest(-span.low * factor);
    low_scales[0] = width > kLeastSpan ? width / levels : 0.0f;
    low_scales[1] = 0.0f;
    high_scales[0] = low_scales[0] * static_cast<float>(base);
    high_scales[1] = zero / static_cast<float>(base);  // exact
    const auto f = hn::Set(d, factor), z = hn::Set(d, zero), least = hn::Zero(d), most = hn::Set(d, levels);
    const auto mask = hn::Set(di, args.levels);
    for (std::size_t i = at; i < at + count; i += hn::Lanes(d)) {
      const auto whole =
          hn::NearestInt(hn::Min(hn::Max(hn::MulAdd(hn::LoadU(d, args.in + i), f, z), least), most));
      hn::StoreU(hn::DemoteTo(narrow, hn::ShiftRightSame(whole, bits)), narrow, to_high + i);
      hn::StoreU(hn::DemoteTo(narrow, hn::And(whole, mask)), narrow, to_low + i);
    }
  }
}

void quantize_int16(const QuantizeArgs& args, void* out, float* scales) {
  auto* to = static_cast<std::int16_t*>(out);
  const auto levels = static_cast<float>(args.levels);
  for (std::size_t at = 0; at < args.inputs; at += args.group, scales += 2) {
    const std::size_t count = std::min(args.group, args.inputs - at);
    const Span span = span_of(args.in + at, count);
    const float width = std::max(span.high, -span.low);
    const float factor = width > kLeastSpan ? levels / width : 0.0f;
    scales[0] = width > kLeastSpan ? width / levels : 0.0f;
    scales[1] = 0.0f;
    round_group(args.in + at, count, factor, 0.0f, -levels, levels, to + at);
  }
}

void quantize_bf16(const QuantizeArgs& args, void* out, float*) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<std::uint16_t, decltype(d)> narrow;
  auto* to = static_cast<std::uint16_t*>(out);
  for (std::size_t i = 0; i < args.inputs; i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(du, hn::LoadU(d, args.in + i));
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7fffu))));
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(di, rounded)), narrow, to + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
