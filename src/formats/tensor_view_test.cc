#include "formats/tensor_view.h"

#include <gtest/gtest.h>

#include "testing/byte_files.h"

namespace rappel {
namespace {

TEST(TensorView, ConvertsUnalignedBytesToFloat) {
  // 1.5, -2, 65504, the smallest subnormal; 1.5, -2 and 3.3895314e38 of bfloat16; floats as they are.
  const auto f16 =
      exact_bytes("?" + little(0x3e00, 2) + little(0xc000, 2) + little(0x7bff, 2) + little(1, 2));
  const TensorView a{.name = "a", .dtype = DType::kF16, .shape = {2, 2}, .bytes = std::span(f16).subspan(1)};
  ASSERT_EQ(a.elements(), 4u);
  std::vector<float> out(4);
  a.to_float(out);
  EXPECT_EQ(out, (std::vector<float>{1.5f, -2.0f, 65504.0f, 0x1p-24f}));

  const auto bf16 = exact_bytes("?" + little(0x3fc0, 2) + little(0xc000, 2) + little(0x7f7f, 2));
  const TensorView b{.name = "b", .dtype = DType::kBF16, .shape = {3}, .bytes = std::span(bf16).subspan(1)};
  out.resize(3);
  b.to_float(out);
  EXPECT_EQ(out, (std::vector<float>{1.5f, -2.0f, 3.3895314e38f}));

  const auto f32 = exact_bytes("?" + little(0x40490fdb, 4));
  const TensorView c{.name = "c", .dtype = DType::kF32, .shape = {}, .bytes = std::span(f32).subspan(1)};
  out.resize(1);
  c.to_float(out);
  EXPECT_EQ(out[0], 3.14159274f);

  // 0.1 in float64, which is rounded to the nearest float32.
  const auto f64 = exact_bytes("?" + little(0x3fb999999999999a, 8));
  const TensorView d{.name = "d", .dtype = DType::kF64, .shape = {}, .bytes = std::span(f64).subspan(1)};
  d.to_float(out);
  EXPECT_EQ(out[0], 0.1f);

  const TensorView none{.name = "none", .dtype = DType::kF32, .shape = {0, 7}};
  EXPECT_EQ(none.elements(), 0u);
  none.to_float({});
}

TEST(TensorView, SizesCannotOverflow) {
  EXPECT_EQ(*tensor_bytes({250002, 1024}, 4), 1024008192u);
  EXPECT_EQ(*tensor_bytes({}, 2), 2u);
  EXPECT_EQ(*tensor_bytes({1ll << 40, 0}, 1), 0u);
  EXPECT_FALSE(tensor_bytes({-1}, 4).ok());
  EXPECT_FALSE(tensor_bytes({INT64_MAX, 2}, 4).ok());
  EXPECT_FALSE(tensor_bytes({1ll << 31, 1ll << 31, 4}, 1).ok());
  EXPECT_EQ(tensor_bytes({1ll << 32, 1ll << 32}, 2).status().message(),
            "shape [4294967296, 4294967296] is impossible");
}

TEST(TensorView, NamesInMessagesAreShortAndPlain) {
  EXPECT_EQ(printable("a\nb\x1b\xff"), "a?b??");
  EXPECT_EQ(printable(std::string(500, 'n')), std::string(120, 'n') + "...");
}

}  // namespace
}  // namespace rappel
