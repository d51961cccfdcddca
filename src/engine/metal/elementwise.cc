#include "engine/metal/elementwise.h"

#include <mlx/compile.h>
#include <mlx/ops.h>

#include "codec/float16.h"

namespace rappel::metal {
namespace {

namespace mx = mlx::core;
using Arrays = std::vector<mx::array>;

mx::array exact_gelu(const mx::array& x) {
  const mx::array half(0.5f), one(1.0f), scale(0.70710678118654752f);
  return mx::multiply(mx::multiply(x, half), mx::add(one, mx::erf(mx::multiply(x, scale))));
}

// Clamps to the finite range of half; the type does not change.
mx::array finite(const mx::array& x) {
  const mx::array most(kLargestHalf, x.dtype()), least(-kLargestHalf, x.dtype());
  return mx::maximum(mx::minimum(x, most), least);
}

Arrays gelu(const Arrays& in) { return {exact_gelu(in[0])}; }
Arrays gelu_half(const Arrays& in) {
  return {mx::astype(exact_gelu(mx::astype(finite(in[0]), mx::float32)), mx::float16)};
}
Arrays finite_half(const Arrays& in) { return {finite(in[0])}; }
Arrays add_half(const Arrays& in) { return {mx::add(mx::astype(finite(in[0]), mx::float32), in[1])}; }
Arrays to_half(const Arrays& in) { return {mx::astype(finite(in[0]), mx::float16)}; }

}  // namespace

Elementwise plain_functions() {
  return {.gelu = gelu,
          .gelu_half = gelu_half,
          .finite_half = finite_half,
          .add_half = add_half,
          .to_half = to_half};
}

Elementwise compiled_functions() {
  constexpr bool kAnyShape = true;
  return {.gelu = mx::compile(gelu, kAnyShape),
          .gelu_half = mx::compile(gelu_half, kAnyShape),
          .finite_half = mx::compile(finite_half, kAnyShape),
          .add_half = mx::compile(add_half, kAnyShape),
          .to_half = mx::compile(to_half, kAnyShape)};
}

}  // namespace rappel::metal
