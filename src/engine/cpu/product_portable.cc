// Products in portable C++, for very old or unknown machines.
#include <algorithm>
#include <cmath>

#include "engine/cpu/product.h"

namespace rappel::cpu {
namespace {

template <class In, class Weight>
void add_group(const ProductArgs& args, std::size_t row, std::size_t panel, std::size_t begin,
               std::size_t end) {
  constexpr std::size_t kPerStep = 4 / sizeof(Weight);
  const auto* in = reinterpret_cast<const In*>(args.in + row * args.in_stride);
  const auto* weights = reinterpret_cast<const Weight*>(args.weights) + panel * args.inputs * kPanel;
  std::int32_t sums[kPanel] = {};
  for (std::size_t k = begin; k < end; k += kPerStep)
    for (std::size_t column = 0; column < kPanel; ++column)
      for (std::size_t i = 0; i < kPerStep; ++i)
        sums[column] += in[k + i] * weights[k * kPanel + column * kPerStep + i];
  const std::size_t group = begin / kGroup, first = group * args.columns + panel * kPanel;
  const float* in_scale = args.in_scales + row * args.in_scales_stride + 2 * group;
  float* out = args.linear.out + row * args.linear.out_stride + panel * kPanel;
  for (std::size_t column = 0; column < kPanel; ++column) {
    const float whole = std::fma(-in_scale[1], args.sums[first + column], static_cast<float>(sums[column]));
    out[column] = std::fma(whole, in_scale[0] * args.scales[first + column],
                           group == 0 && !args.accumulate ? 0.0f : out[column]);
  }
}

template <class In, class Weight>
void multiply(const ProductArgs& args) {
  for (std::size_t panel = args.panel_begin; panel < args.panel_end; ++panel) {
    for (std::size_t row = 0; row < args.rows; ++row)
      for (std::size_t begin = 0; begin < args.inputs; begin += kGroup)
        add_group<In, Weight>(args, row, panel, begin, std::min(begin + kGroup, args.inputs));
    if (args.finish != nullptr) args.finish(args.linear, panel * kPanel, kPanel);
  }
}

}  // namespace

const Product* portable_int8() {
  static const Product product{.feature = "",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = 8,
                               .multiply = &multiply<std::uint8_t, std::int8_t>};
  return &product;
}

const Product* portable_int16() {
  static const Product product{.feature = "",
                               .format = Format::kInt16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = 8,
                               .multiply = &multiply<std::int16_t, std::int16_t>};
  return &product;
}

}  // namespace rappel::cpu
