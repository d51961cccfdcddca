#include "engine/cuda/test_cuda_runtime.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "codec/float16.h"
#include "engine/cuda/lt_library.h"

namespace rappel::cuda {

FakeCuda fake;

namespace {

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

// A scaling factor, of the type in the description.
float factor(const void* from, cudaDataType_t type) {
  return type == CUDA_R_32I ? static_cast<float>(read<std::int32_t>(from)) : read<float>(from);
}

// The combinations of types that the cuBLASLt documentation allows.
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

// One product with all its descriptors.
struct Product {
  Description how;
  Layout a, b, c, d;
  FakeAlgorithm algorithm;
  float alpha, beta;
  const void *a_data, *b_data, *c_data;
  void* d_data;

  void compute() const {
    for (std::uint64_t column = 0; column < std::min(d.columns, fake.computed_columns); ++column)
      for (std::uint64_t row = 0; row < d.rows; ++row) {
        float value = alpha * sum(row, column);
        if (how.bias != nullptr) value += fake_number(how.bias, how.bias_type, row);
        if (beta != 0)
          value += beta * fake_number(c_data, c.type, column * static_cast<std::uint64_t>(c.stride) + row);
        put_fake_number(value, d_data, d.type, column * static_cast<std::uint64_t>(d.stride) + row);
      }
  }
  float sum(std::uint64_t row, std::uint64_t column) const {
    float sum = 0;
    for (std::uint64_t i = 0; i < a.rows; ++i) {
      const std::uint64_t k = algorithm.backwards ? a.rows - 1 - i : i;
      sum += fake_number(a_data, a.type, row * static_cast<std::uint64_t>(a.stride) + k) *
             fake_number(b_data, b.type, column * static_cast<std::uint64_t>(b.stride) + k);
    }
    return sum;
  }
};

cublasStatus_t multiply(cublasLtHandle_t, cublasLtMatmulDesc_t description, const void* alpha, const void* a,
                        cublasLtMatrixLayout_t a_layout, const void* b, cublasLtMatrixLayout_t b_layout,
                        const void* beta, const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                        cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algorithm, void*,
                        std::size_t, cudaStream_t) {
  const auto& how = as<Description>(description);
  const Product product{how,
                        as<Layout>(a_layout),
                        as<Layout>(b_layout),
                        as<Layout>(c_layout),
                        as<Layout>(d_layout),
                        fake.algorithms.at(algorithm->data[0]),
                        factor(alpha, how.factors),
                        factor(beta, how.factors),
                        a,
                        b,
                        c,
                        d};
  const Layout &la = product.a, &lb = product.b, &lc = product.c, &ld = product.d;
  EXPECT_EQ(how.a, CUBLAS_OP_T);
  expect_allowed(how, la.type, ld.type);
  EXPECT_EQ(la.type, lb.type);
  EXPECT_TRUE(la.rows == lb.rows && la.columns == ld.rows && lb.columns == ld.columns);
  EXPECT_TRUE(lc.rows == ld.rows && lc.columns == ld.columns && lc.type == ld.type);
  if (lb.columns < static_cast<std::uint64_t>(product.algorithm.fewest_rows))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  fake.used.push_back(algorithm->data[0]);
  fake.computed.push_back(how.compute);
  fake.clock += product.algorithm.milliseconds;
  fake.on_stream([product] { product.compute(); });
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

LtLibrary functions() {
  LtLibrary lt;
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

// Records the work of a captured stream.
using Recorded = std::vector<std::function<void()>>;
Recorded* recording = nullptr;

// Blocks, as a driver aligns them.
cudaError_t take(void** memory, std::size_t bytes) {
  fake.allocated.push_back(bytes);
  if (fake.out_of_memory || fake.allocated.size() == fake.fail_allocation) return cudaErrorMemoryAllocation;
  *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  ++fake.live;
  return cudaSuccess;
}

cudaError_t give_back(void* memory) {
  EXPECT_EQ(recording, nullptr) << "memory is released while a stream is captured";
  if (memory != nullptr) --fake.live;
  std::free(memory);
  return cudaSuccess;
}

}  // namespace

void FakeCuda::on_stream(std::function<void()> work) {
  if (recording != nullptr)
    recording->push_back(std::move(work));
  else
    work();
}

float fake_number(const void* data, cudaDataType_t type, std::size_t i) {
  if (type == CUDA_R_32F) return static_cast<const float*>(data)[i];
  if (type == CUDA_R_8I) return static_cast<const std::int8_t*>(data)[i];
  if (type == CUDA_R_32I) return static_cast<float>(static_cast<const std::int32_t*>(data)[i]);
  const std::uint16_t bits = static_cast<const std::uint16_t*>(data)[i];
  return type == CUDA_R_16F ? f16_to_float(bits) : bf16_to_float(bits);
}

void put_fake_number(float value, void* data, cudaDataType_t type, std::size_t i) {
  if (type == CUDA_R_32F)
    static_cast<float*>(data)[i] = value;
  else if (type == CUDA_R_32I)
    static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value);
  else
    static_cast<std::uint16_t*>(data)[i] = type == CUDA_R_16F ? float_to_f16(value) : float_to_bf16(value);
}

Result<const LtLibrary*> lt_library() {
  static const LtLibrary library = functions();
  return &library;
}

}  // namespace rappel::cuda

using namespace rappel::cuda;

extern "C" {
cudaError_t cudaMalloc(void** memory, std::size_t bytes) { return take(memory, bytes); }
cudaError_t cudaFree(void* memory) { return give_back(memory); }
cudaError_t cudaMallocHost(void** memory, std::size_t bytes) { return take(memory, bytes); }
cudaError_t cudaFreeHost(void* memory) { return give_back(memory); }

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
  if (kind == cudaMemcpyHostToDevice) fake.uploaded += bytes;
  fake.waited = false;
  fake.on_stream([=] { std::memcpy(to, from, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t) {
  if (fake.no_clearing) return cudaErrorIllegalAddress;
  fake.on_stream([=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = reinterpret_cast<cudaStream_t>(new char);
  ++fake.live;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete reinterpret_cast<char*>(stream);
  --fake.live;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  EXPECT_EQ(recording, nullptr) << "synchronization while a stream is captured";
  fake.waited = true;
  return fake.on_wait;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  if (fake.no_events) return cudaErrorMemoryAllocation;
  ++fake.live;
  *event = reinterpret_cast<cudaEvent_t>(new float);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete &as<float>(event);
  --fake.live;
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

cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode) {
  if (fake.no_capture) return cudaErrorStreamCaptureUnsupported;
  recording = new Recorded;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  *graph = reinterpret_cast<cudaGraph_t>(std::exchange(recording, nullptr));
  ++fake.live;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long) {
  *out = reinterpret_cast<cudaGraphExec_t>(new Recorded(as<Recorded>(graph)));
  ++fake.live;
  ++fake.captured;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete &as<Recorded>(graph);
  --fake.live;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete &as<Recorded>(graph);
  --fake.live;
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t) {
  ++fake.launched;
  for (const auto& work : as<Recorded>(graph)) work();
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(fake.gpus.size());
  return fake.starting;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = fake.driver;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number) {
  const FakeGpu& gpu = fake.gpus.at(static_cast<std::size_t>(number));
  std::strncpy(properties->name, gpu.name.c_str(), sizeof properties->name - 1);
  properties->major = gpu.major;
  properties->minor = gpu.minor;
  properties->totalGlobalMem = gpu.memory_bytes;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error"; }
const char* cudaGetErrorName(cudaError_t) { return "cudaErrorOfTheTest"; }
}
