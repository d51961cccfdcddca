// LtProducts with a fake cuBLASLt and CUDA runtime (test_cuda_runtime.h).
#include "engine/cuda/lt_products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "codec/float16.h"
#include "engine/cuda/test_cuda_runtime.h"
#include "engine/test_model.h"

namespace rappel::cuda {
namespace {

cudaDataType_t fake_type(Element type) {
  return type == Element::kFloat32 ? CUDA_R_32F : type == Element::kHalf ? CUDA_R_16F : CUDA_R_16BF;
}

// A product of `rows` rows and its expected result.
struct Example {
  explicit Example(int count, int k = 21, int n = 13, bool added = true, Element type = Element::kFloat32)
      : rows(count),
        inputs(k),
        outputs(n),
        stride_in(static_cast<int>(padded(static_cast<std::size_t>(k)))),
        stride_out(static_cast<int>(padded(static_cast<std::size_t>(n)))) {
    TestRandom random(3);
    const auto fill = [&](std::vector<float>& values, int size) {
      for (int i = 0; i < size; ++i) values.push_back(f16_to_float(float_to_f16(random.next())));
    };
    fill(x, rows * stride_in), fill(w, outputs * stride_in), fill(b, outputs), fill(r, rows * stride_out);
    y.assign(r.size(), 55.0f);
    for (const auto* values : {&x, &w, &b, &r, &y}) {
      auto& bytes = kept.emplace_back(values->size() * element_bytes(type));
      for (std::size_t i = 0; i < values->size(); ++i)
        put_fake_number((*values)[i], bytes.data(), fake_type(type), i);
    }
    command = {{kept[0].data(), stride_in, type},
               {kept[1].data(), stride_in, type},
               {kept[4].data(), stride_out, type},
               kept[2].data(),
               {},
               rows,
               inputs,
               outputs};
    if (added) command.residual = {kept[3].data(), stride_out, type};
  }

  float out(int row, int column) const {
    const auto i = static_cast<std::size_t>(row * stride_out + column);
    return fake_number(kept[4].data(), fake_type(command.out.type), i);
  }
  void expect_right(double bar) const {
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < outputs; ++column) {
        double sum = static_cast<double>(b[static_cast<std::size_t>(column)]);
        for (int i = 0; i < inputs; ++i)
          sum += static_cast<double>(x[static_cast<std::size_t>(row * stride_in + i)]) *
                 static_cast<double>(w[static_cast<std::size_t>(column * stride_in + i)]);
        if (command.residual.data != nullptr)
          sum += static_cast<double>(r[static_cast<std::size_t>(row * stride_out + column)]);
        ASSERT_NEAR(out(row, column), sum, bar) << row << " " << column;
      }
    for (int column = outputs; column < stride_out; ++column)
      EXPECT_EQ(out(0, column), 55.0f) << "wrote after the columns";
  }

  int rows, inputs, outputs, stride_in, stride_out;
  std::vector<float> x, w, b, r, y;
  std::vector<std::vector<std::byte>> kept;
  ProductCommand command;
};

class LtProductsTest : public testing::Test {
 protected:
  void SetUp() override {
    fake = {};
    fake.computed_columns = 128;  // trials have thousands of rows, but tests look at few columns
    fake.algorithms = {{.backwards = false, .milliseconds = 5},
                       {.backwards = true, .milliseconds = 1},
                       {.backwards = false, .milliseconds = 3},
                       {.backwards = false, .milliseconds = 2, .fewest_rows = 16},
                       {.backwards = false, .milliseconds = 0.5f, .fewest_rows = 1000}};
    fake.for_anchor = {0, 1};
    fake.for_fewer = {1, 2, 3, 4, 0};
    products_ = std::move(LtProducts::open(nullptr)).value();
  }
  // The algorithm that is chosen for this number of rows.
  std::uint64_t algorithm_for(Example& example) {
    EXPECT_TRUE(products_->prepare(example.command).ok());
    EXPECT_TRUE(products_->multiply(example.command).ok());
    return fake.used.back();
  }
  std::unique_ptr<LtProducts> products_;
};

TEST_F(LtProductsTest, ComputesProducts) {
  for (const int rows : {1, 15, 16, 40})
    for (const bool added : {false, true})
      for (const Element type : {Element::kFloat32, Element::kHalf, Element::kBfloat16}) {
        const double bar = type == Element::kFloat32 ? 1e-5 : type == Element::kHalf ? 5e-3 : 5e-2;
        Example example(rows, 21, 13, added, type);
        algorithm_for(example);
        example.expect_right(bar);
        Example one(rows, 40, 1, added, type);
        algorithm_for(one);
        one.expect_right(bar);
      }
}

TEST_F(LtProductsTest, Tf32IsOptionalAndHasItsOwnAlgorithms) {
  Example exact(40), rounded(40);
  rounded.command.tf32 = true;
  algorithm_for(exact);
  EXPECT_EQ(fake.computed.back(), CUBLAS_COMPUTE_32F);
  const std::size_t asked = fake.asked_rows.size();
  algorithm_for(rounded);
  EXPECT_EQ(fake.computed.back(), CUBLAS_COMPUTE_32F_FAST_TF32);
  EXPECT_EQ(fake.asked_rows.size(), 2 * asked);
  rounded.expect_right(1e-5);
}

TEST_F(LtProductsTest, Int8SumsAreExact) {
  constexpr int kRows = 5, kInputs = 48, kOutputs = 12;
  std::vector<std::int8_t> x(kRows * kInputs), w(kOutputs * kInputs);
  std::vector<std::int32_t> sums(kRows * kOutputs, 99);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(i * 37 % 255 - 127);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::int8_t>(i * 53 % 255 - 127);
  const ProductCommand command{{x.data(), kInputs, Element::kInt8},
                               {w.data(), kInputs, Element::kInt8},
                               {sums.data(), kOutputs, Element::kInt32},
                               nullptr,
                               {},
                               kRows,
                               kInputs,
                               kOutputs};
  ASSERT_TRUE(products_->prepare(command).ok());
  ASSERT_TRUE(products_->multiply(command).ok());
  for (int row = 0; row < kRows; ++row)
    for (int output = 0; output < kOutputs; ++output) {
      int sum = 0;
      for (int i = 0; i < kInputs; ++i)
        sum += x[static_cast<std::size_t>(row * kInputs + i)] *
               w[static_cast<std::size_t>(output * kInputs + i)];
      EXPECT_EQ(sums[static_cast<std::size_t>(row * kOutputs + output)], sum);
    }
}

TEST_F(LtProductsTest, ChoosesTheFastestWithTheBitsOfTheAnchor) {
  Example many(40);
  EXPECT_EQ(algorithm_for(many), 3u);  // 1 is faster but differs in bits, 4 does not support so few rows
  Example few(5);
  EXPECT_EQ(algorithm_for(few), 0u);  // 3 is the choice of the bucket but rejects: use the anchor
  fake.for_fewer = {1};
  Example others(100, 33, 7);
  EXPECT_EQ(algorithm_for(others), 0u);  // no suggestion matches the anchor
}

TEST_F(LtProductsTest, ChoosesAlgorithmsOncePerShape) {
  EXPECT_EQ(LtProducts::row_bucket(1), 16);
  EXPECT_EQ(LtProducts::row_bucket(17), 32);
  EXPECT_EQ(LtProducts::row_bucket(8192), 8192);
  EXPECT_EQ(LtProducts::row_bucket(100000), 8192);
  for (const int rows : {17, 20, 32}) {
    Example example(rows);
    algorithm_for(example);
  }
  const std::vector<int> once{2048, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192};
  EXPECT_EQ(fake.asked_rows, once);
  Example another(100);
  algorithm_for(another);
  EXPECT_EQ(fake.asked_rows, once);
}

TEST_F(LtProductsTest, UsesTheAnchorWithoutMemoryForTrials) {
  fake.out_of_memory = true;
  Example example(40);
  EXPECT_EQ(algorithm_for(example), 0u);
  example.expect_right(1e-5);
}

TEST_F(LtProductsTest, UsesTheAnchorWithoutMemoryForTiming) {
  fake.no_events = true;
  Example example(40);
  EXPECT_EQ(algorithm_for(example), 0u);
  example.expect_right(1e-5);
}

TEST_F(LtProductsTest, AnchorSupportsEveryNumberOfRows) {
  fake.for_anchor = {4, 3, 2, 0};  // 4 and 3 reject few rows
  fake.for_fewer = {4};
  Example few(5), many(40);
  EXPECT_EQ(algorithm_for(few), 2u);
  EXPECT_EQ(algorithm_for(many), 2u);
}

TEST_F(LtProductsTest, TrialsAllocateAndUploadOnce) {
  constexpr std::size_t kBuckets = 10, kAtMost = std::size_t{1} << 18;
  Example with(100, 8, 8, true), without(100, 8, 16, false);
  algorithm_for(with);
  EXPECT_EQ(fake.allocated.size(), 1 + 3 * kBuckets);  // the workspace, then in, out and residual
  fake.uploaded = 0;
  algorithm_for(without);
  EXPECT_EQ(fake.allocated.size(), 1 + 5 * kBuckets);
  EXPECT_LE(fake.uploaded, kBuckets * kAtMost);
  without.expect_right(1e-5);
}

TEST_F(LtProductsTest, FailedTrialLeavesNoPendingWork) {
  fake.no_clearing = true;
  Example example(40);
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnavailable);
  EXPECT_TRUE(fake.waited);
  fake.no_clearing = false;
  EXPECT_EQ(algorithm_for(example), 3u);
  EXPECT_EQ(fake.live, 1u) << "only the workspace is left";
}

// A product that cuBLASLt rejects does not mean that the GPU is lost.
TEST_F(LtProductsTest, NoAlgorithmIsUnsupported) {
  fake.for_anchor.clear();
  Example example(40);
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnsupported);
  fake.for_anchor = {4};
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnsupported);
}

TEST(CudaStatus, OutOfMemoryDoesNotLoseTheDevice) {
  EXPECT_TRUE(cuda_status(cudaSuccess, "x").ok());
  EXPECT_EQ(cuda_status(cudaErrorMemoryAllocation, "x").code(), Code::kResourceExhausted);
  EXPECT_EQ(cuda_status(cudaErrorIllegalAddress, "x").code(), Code::kUnavailable);
  EXPECT_EQ(cublas_status(CUBLAS_STATUS_ALLOC_FAILED, "x").code(), Code::kResourceExhausted);
  EXPECT_EQ(cublas_status(CUBLAS_STATUS_EXECUTION_FAILED, "x").code(), Code::kUnavailable);
}

TEST(CudaStatus, RejectedCallDoesNotLoseTheDevice) {
  for (const cublasStatus_t status :
       {CUBLAS_STATUS_NOT_SUPPORTED, CUBLAS_STATUS_INVALID_VALUE, CUBLAS_STATUS_ARCH_MISMATCH})
    EXPECT_EQ(cublas_status(status, "x").code(), Code::kUnsupported);
}

}  // namespace
}  // namespace rappel::cuda
