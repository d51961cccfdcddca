// LtProducts over a stand-in for cuBLASLt and the CUDA runtime, linked in their place: it computes what the
// descriptors say by the library's documents (column-major, leading dimensions, epilogue), and its algorithms
// add in orders and take times of the test's choice.
#include "engine/cuda/lt_products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "codec/float16.h"
#include "engine/test_model.h"

namespace {

// Trials have thousands; no test looks at more.
constexpr std::uint64_t kComputedColumns = 128;

struct FakeAlgorithm {
  bool backwards = false;  // adds from the last input on: other bits
  float milliseconds = 1;
  int fewest_rows = 1;  // refuses products of fewer
};

// What the library suggests, by number of rows; algorithms are known by their index in `algorithms`.
struct FakeLibrary {
  std::vector<FakeAlgorithm> algorithms;
  std::vector<std::uint64_t> for_anchor, for_fewer;
  std::vector<std::uint64_t> used;  // of each product
  std::vector<cublasComputeType_t> computed;
  std::vector<int> asked_rows;
  bool out_of_memory = false, no_events = false, no_clearing = false;
  std::vector<std::size_t> allocated;
  std::size_t uploaded = 0;
  int events = 0;
  bool waited = true;  // since the last copy
  float clock = 0;
} fake;

struct Layout {
  cudaDataType_t type;
  std::uint64_t rows, columns;
  std::int64_t stride;
};
struct Description {
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  cudaDataType_t factors = CUDA_R_32F;
  cublasOperation_t a = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;
  cudaDataType_t bias_type = CUDA_R_32F;
};
struct Preferences {
  std::uint32_t reduction = CUBLASLT_REDUCTION_SCHEME_MASK, alignment = 256;
};

template <class T, class U>
T& as(U* handle) {
  return *reinterpret_cast<T*>(handle);
}
template <class T>
T read(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float number(const void* data, cudaDataType_t type, std::size_t i) {
  if (type == CUDA_R_32F) return static_cast<const float*>(data)[i];
  if (type == CUDA_R_8I) return static_cast<const std::int8_t*>(data)[i];
  if (type == CUDA_R_32I) return static_cast<float>(static_cast<const std::int32_t*>(data)[i]);
  const std::uint16_t bits = static_cast<const std::uint16_t*>(data)[i];
  return type == CUDA_R_16F ? rappel::f16_to_float(bits) : rappel::bf16_to_float(bits);
}

void put(float value, void* data, cudaDataType_t type, std::size_t i) {
  if (type == CUDA_R_32F)
    static_cast<float*>(data)[i] = value;
  else if (type == CUDA_R_32I)
    static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value);
  else
    static_cast<std::uint16_t*>(data)[i] =
        type == CUDA_R_16F ? rappel::float_to_f16(value) : rappel::float_to_bf16(value);
}

// A factor of products, of the type that the description says.
float factor(const void* from, cudaDataType_t type) {
  return type == CUDA_R_32I ? static_cast<float>(read<std::int32_t>(from)) : read<float>(from);
}

// The combinations that the library's documents have for products of these types.
void expect_allowed(const Description& how, cudaDataType_t a, cudaDataType_t d) {
  if (a == CUDA_R_8I) {
    EXPECT_TRUE(how.compute == CUBLAS_COMPUTE_32I && how.factors == CUDA_R_32I && d == CUDA_R_32I);
    EXPECT_EQ(how.epilogue, CUBLASLT_EPILOGUE_DEFAULT);
    return;
  }
  EXPECT_TRUE(how.compute == CUBLAS_COMPUTE_32F ||
              (how.compute == CUBLAS_COMPUTE_32F_FAST_TF32 && a == CUDA_R_32F));
  EXPECT_TRUE(how.factors == CUDA_R_32F && d == a);
  EXPECT_EQ(how.epilogue, CUBLASLT_EPILOGUE_BIAS);
  EXPECT_EQ(how.bias_type, d);
}

cublasStatus_t multiply(cublasLtHandle_t, cublasLtMatmulDesc_t description, const void* alpha, const void* a,
                        cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                        const void* beta, const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                        cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void*,
                        std::size_t, cudaStream_t) {
  const auto& how = as<Description>(description);
  const auto &la = as<Layout>(a_layout), &lb = as<Layout>(b_layout), &lc = as<Layout>(c_layout),
             &ld = as<Layout>(d_layout);
  const FakeAlgorithm& algo = fake.algorithms.at(algorithm->data[0]);
  EXPECT_EQ(how.a, CUBLAS_OP_T);
  expect_allowed(how, la.type, ld.type);
  EXPECT_EQ(la.type, lb.type);
  EXPECT_TRUE(la.rows == lb.rows && la.columns == ld.rows && lb.columns == ld.columns);
  EXPECT_TRUE(lc.rows == ld.rows && lc.columns == ld.columns && lc.type == ld.type);
  if (lb.columns < static_cast<std::uint64_t>(algo.fewest_rows)) return CUBLAS_STATUS_NOT_SUPPORTED;
  fake.used.push_back(algorithm->data[0]);
  fake.computed.push_back(how.compute);
  fake.clock += algo.milliseconds;
  for (std::uint64_t column = 0; column < std::min(ld.columns, kComputedColumns); ++column)
    for (std::uint64_t row = 0; row < ld.rows; ++row) {
      float sum = 0;
      for (std::uint64_t i = 0; i < la.rows; ++i) {
        const std::uint64_t k = algo.backwards ? la.rows - 1 - i : i;
        sum += number(a, la.type, row * static_cast<std::uint64_t>(la.stride) + k) *
               number(b, lb.type, column * static_cast<std::uint64_t>(lb.stride) + k);
      }
      float value = factor(alpha, how.factors) * sum;
      if (how.bias != nullptr) value += number(how.bias, how.bias_type, row);
      if (factor(beta, how.factors) != 0)
        value += factor(beta, how.factors) *
                 number(c, lc.type, column * static_cast<std::uint64_t>(lc.stride) + row);
      put(value, d, ld.type, column * static_cast<std::uint64_t>(ld.stride) + row);
    }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t suggest(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                       cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                       cublasLtMatmulPreference_t preference, int most, cublasLtMatmulHeuristicResult_t out[],
                       int* count) {
  EXPECT_EQ(as<Preferences>(preference).reduction,
            static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_NONE));
  EXPECT_EQ(as<Preferences>(preference).alignment, 16u);
  const auto rows = static_cast<int>(as<Layout>(b).columns);
  fake.asked_rows.push_back(rows);
  const auto& list = rows == 2048 ? fake.for_anchor : fake.for_fewer;
  *count = std::min(most, static_cast<int>(list.size()));
  for (int i = 0; i < *count; ++i) out[i].algo.data[0] = list[static_cast<std::size_t>(i)];
  return CUBLAS_STATUS_SUCCESS;
}

rappel::cuda::LtLibrary functions() {
  rappel::cuda::LtLibrary lt;
  lt.cublasLtCreate_ = [](cublasLtHandle_t* handle) {
    *handle = nullptr;
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulDescCreate_ = [](cublasLtMatmulDesc_t* description, cublasComputeType_t compute,
                                    cudaDataType_t factors) {
    *description =
        reinterpret_cast<cublasLtMatmulDesc_t>(new Description{.compute = compute, .factors = factors});
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulDescDestroy_ = [](cublasLtMatmulDesc_t description) {
    delete &as<Description>(description);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulDescSetAttribute_ = [](cublasLtMatmulDesc_t description,
                                          cublasLtMatmulDescAttributes_t attribute, const void* value,
                                          std::size_t) {
    auto& how = as<Description>(description);
    if (attribute == CUBLASLT_MATMUL_DESC_TRANSA) how.a = read<cublasOperation_t>(value);
    if (attribute == CUBLASLT_MATMUL_DESC_EPILOGUE) how.epilogue = read<cublasLtEpilogue_t>(value);
    if (attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER) how.bias = read<const void*>(value);
    if (attribute == CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE) how.bias_type = read<cudaDataType_t>(value);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatrixLayoutCreate_ = [](cublasLtMatrixLayout_t* layout, cudaDataType_t type, std::uint64_t rows,
                                      std::uint64_t columns, std::int64_t stride) {
    EXPECT_GE(stride, static_cast<std::int64_t>(rows));
    *layout = reinterpret_cast<cublasLtMatrixLayout_t>(new Layout{type, rows, columns, stride});
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatrixLayoutDestroy_ = [](cublasLtMatrixLayout_t layout) {
    delete &as<Layout>(layout);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulPreferenceCreate_ = [](cublasLtMatmulPreference_t* preference) {
    *preference = reinterpret_cast<cublasLtMatmulPreference_t>(new Preferences);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulPreferenceDestroy_ = [](cublasLtMatmulPreference_t preference) {
    delete &as<Preferences>(preference);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulPreferenceSetAttribute_ = [](cublasLtMatmulPreference_t preference,
                                                cublasLtMatmulPreferenceAttributes_t attribute,
                                                const void* value, std::size_t) {
    auto& wanted = as<Preferences>(preference);
    if (attribute == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
      wanted.reduction = read<std::uint32_t>(value);
    if (attribute == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES)
      wanted.alignment = read<std::uint32_t>(value);
    return CUBLAS_STATUS_SUCCESS;
  };
  lt.cublasLtMatmulAlgoGetHeuristic_ = suggest;
  lt.cublasLtMatmulAlgoCheck_ = [](cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                   cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                   const cublasLtMatmulAlgo_t* algorithm,
                                   cublasLtMatmulHeuristicResult_t* result) {
    *result = {};
    const bool fits = as<Layout>(b).columns >=
                      static_cast<std::uint64_t>(fake.algorithms.at(algorithm->data[0]).fewest_rows);
    return fits ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
  };
  lt.cublasLtMatmul_ = multiply;
  return lt;
}

}  // namespace

extern "C" {
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (fake.out_of_memory) return cudaErrorMemoryAllocation;
  *memory = std::malloc(bytes);
  fake.allocated.push_back(bytes);
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  std::free(memory);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
  if (kind == cudaMemcpyHostToDevice) fake.uploaded += bytes;
  fake.waited = false;
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t) {
  if (fake.no_clearing) return cudaErrorIllegalAddress;
  std::memset(to, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  fake.waited = true;
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  if (fake.no_events) return cudaErrorMemoryAllocation;
  ++fake.events;
  *event = reinterpret_cast<cudaEvent_t>(new float);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete &as<float>(event);
  --fake.events;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  as<float>(event) = fake.clock;
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  *milliseconds = as<float>(end) - as<float>(start);
  return cudaSuccess;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error"; }
const char* cudaGetErrorName(cudaError_t) { return "cudaErrorOfTheTest"; }
}

namespace rappel::cuda {

Result<const LtLibrary*> lt_library() {
  static const LtLibrary library = functions();
  return &library;
}

namespace {

cudaDataType_t fake_type(Element type) {
  return type == Element::kFloat32 ? CUDA_R_32F : type == Element::kHalf ? CUDA_R_16F : CUDA_R_16BF;
}

// A product of `rows` rows and what it should give.
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
      for (std::size_t i = 0; i < values->size(); ++i) put((*values)[i], bytes.data(), fake_type(type), i);
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
    return number(kept[4].data(), fake_type(command.out.type), i);
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
      EXPECT_EQ(out(0, column), 55.0f) << "wrote behind the columns";
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
    fake.algorithms = {{.backwards = false, .milliseconds = 5},
                       {.backwards = true, .milliseconds = 1},
                       {.backwards = false, .milliseconds = 3},
                       {.backwards = false, .milliseconds = 2, .fewest_rows = 16},
                       {.backwards = false, .milliseconds = 0.5f, .fewest_rows = 1000}};
    fake.for_anchor = {0, 1};
    fake.for_fewer = {1, 2, 3, 4, 0};
    products_ = std::move(LtProducts::open(nullptr)).value();
  }
  // The algorithm that computes so many rows in the end.
  std::uint64_t algorithm_for(Example& example) {
    EXPECT_TRUE(products_->prepare(example.command).ok());
    EXPECT_TRUE(products_->multiply(example.command).ok());
    return fake.used.back();
  }
  std::unique_ptr<LtProducts> products_;
};

TEST_F(LtProductsTest, ProductsAreRight) {
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

TEST_F(LtProductsTest, Tf32IsAskedForWhereItIsAllowedAndHasAlgorithmsOfItsOwn) {
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

TEST_F(LtProductsTest, EightBitsAreSummedAsIntegers) {
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

TEST_F(LtProductsTest, TheFastestWithTheAnchorsBitsIsTaken) {
  Example many(40);
  EXPECT_EQ(algorithm_for(many), 3u);  // 1 is faster and has other bits, 4 does not take so few rows
  Example few(5);
  EXPECT_EQ(algorithm_for(few), 0u);  // 3 is the bucket's choice and refuses: the anchor
  fake.for_fewer = {1};
  Example others(100, 33, 7);
  EXPECT_EQ(algorithm_for(others), 0u);  // none agrees
}

TEST_F(LtProductsTest, AlgorithmsForAllBucketsAreChosenOncePerShape) {
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

TEST_F(LtProductsTest, WithoutMemoryForTrialsTheAnchorServes) {
  fake.out_of_memory = true;
  Example example(40);
  EXPECT_EQ(algorithm_for(example), 0u);
  example.expect_right(1e-5);
}

TEST_F(LtProductsTest, WithoutMemoryToTimeTrialsTheAnchorServes) {
  fake.no_events = true;
  Example example(40);
  EXPECT_EQ(algorithm_for(example), 0u);
  example.expect_right(1e-5);
}

TEST_F(LtProductsTest, TheAnchorTakesEveryNumberOfRows) {
  fake.for_anchor = {4, 3, 2, 0};  // 4 and 3 refuse few rows
  fake.for_fewer = {4};
  Example few(5), many(40);
  EXPECT_EQ(algorithm_for(few), 2u);
  EXPECT_EQ(algorithm_for(many), 2u);
}

TEST_F(LtProductsTest, ATrialTakesAndSendsNoMoreThanItNeeds) {
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

TEST_F(LtProductsTest, AFailedTrialLeavesNothingOnTheStream) {
  fake.no_clearing = true;
  Example example(40);
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnavailable);
  EXPECT_TRUE(fake.waited);
  fake.no_clearing = false;
  EXPECT_EQ(algorithm_for(example), 3u);
  EXPECT_EQ(fake.events, 0);
}

// One product that cuBLASLt does not take is no reason to give the GPU up.
TEST_F(LtProductsTest, NoAlgorithmIsARefusal) {
  fake.for_anchor.clear();
  Example example(40);
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnsupported);
  fake.for_anchor = {4};
  EXPECT_EQ(products_->prepare(example.command).code(), Code::kUnsupported);
}

TEST(CudaStatus, LackOfMemoryIsNoLossOfTheDevice) {
  EXPECT_TRUE(cuda_status(cudaSuccess, "x").ok());
  EXPECT_EQ(cuda_status(cudaErrorMemoryAllocation, "x").code(), Code::kResourceExhausted);
  EXPECT_EQ(cuda_status(cudaErrorIllegalAddress, "x").code(), Code::kUnavailable);
  EXPECT_EQ(cublas_status(CUBLAS_STATUS_ALLOC_FAILED, "x").code(), Code::kResourceExhausted);
  EXPECT_EQ(cublas_status(CUBLAS_STATUS_EXECUTION_FAILED, "x").code(), Code::kUnavailable);
}

TEST(CudaStatus, ARefusalIsNoLossOfTheDevice) {
  for (const cublasStatus_t status :
       {CUBLAS_STATUS_NOT_SUPPORTED, CUBLAS_STATUS_INVALID_VALUE, CUBLAS_STATUS_ARCH_MISMATCH})
    EXPECT_EQ(cublas_status(status, "x").code(), Code::kUnsupported);
}

}  // namespace
}  // namespace rappel::cuda
