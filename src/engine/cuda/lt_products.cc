#include "engine/cuda/lt_products.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "codec/float16.h"

namespace rappel::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = 32 << 20;
constexpr std::uint32_t kAlignment = 16;  // alignment of every row, in bytes
constexpr int kComparedRows = 1024;       // rows compared in a trial
constexpr std::size_t kPattern =
    65521;  // length of the repeated random numbers; a prime, so that rows differ

cudaDataType_t lt_type(Element type) {
  switch (type) {
    case Element::kFloat32: return CUDA_R_32F;
    case Element::kHalf: return CUDA_R_16F;
    case Element::kBfloat16: return CUDA_R_16BF;
    case Element::kInt8: return CUDA_R_8I;
    case Element::kInt32: return CUDA_R_32I;
  }
  return CUDA_R_32F;
}

// Sums and scaling factors are integers for 8-bit numbers, else float32.
struct Arithmetic {
  cublasComputeType_t sums;
  cudaDataType_t factors;
};
Arithmetic arithmetic_of(const ProductCommand& product) {
  if (product.weights.type == Element::kInt8) return {CUBLAS_COMPUTE_32I, CUDA_R_32I};
  return {product.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUDA_R_32F};
}

// Temporary device memory.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { cudaFree(data_); }
  Status allocate(std::size_t bytes) { return cuda_status(cudaMalloc(&data_, bytes), "memory for a trial"); }
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

struct Events {
  Events() = default;
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() {
    for (const cudaEvent_t event : {start, end})
      if (event != nullptr) cudaEventDestroy(event);
  }
  Status create() {
    RAPPEL_TRY(cuda_status(cudaEventCreate(&start), "timing a trial"));
    return cuda_status(cudaEventCreate(&end), "timing a trial");
  }
  cudaEvent_t start = nullptr, end = nullptr;
};

// Waits in its destructor until nothing on the stream accesses host memory.
struct WaitAtEnd {
  ~WaitAtEnd() { cudaStreamSynchronize(stream); }
  cudaStream_t stream;
};

// Deterministic numbers in [-1, 1); for 8 bits in [-127, 127].
std::vector<std::byte> random_rows(std::size_t count, Element type) {
  std::vector<std::byte> bytes(count * element_bytes(type));
  std::uint32_t state = 2463534242u;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    const float value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
    const std::uint16_t half = type == Element::kHalf ? float_to_f16(value) : float_to_bf16(value);
    if (type == Element::kFloat32)
      std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    else if (type == Element::kInt8)
      bytes[i] = static_cast<std::byte>(static_cast<std::int8_t>(value * 127.0f));
    else
      std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
  }
  return bytes;
}

}  // namespace

Status cuda_status(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return {};
  if (error == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();  // clear the error
    return Status(Code::kResourceExhausted,
                  std::string("no memory on the GPU for ") + what + "; use a smaller batch budget or model",
                  cudaGetErrorString(error));
  }
  return Status(Code::kUnavailable,
                std::string("the GPU failed at ") + what + " (" + cudaGetErrorString(error) + ")",
                cudaGetErrorName(error));
}

Status cublas_status(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  if (status == CUBLAS_STATUS_ALLOC_FAILED) {
    (void)cudaGetLastError();
    return Status(Code::kResourceExhausted, std::string("no memory on the GPU for ") + what);
  }
  const std::string number = " (status " + std::to_string(status) + ")";
  // cuBLASLt rejected the arguments and launched nothing: the GPU is unchanged.
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE ||
      status == CUBLAS_STATUS_ARCH_MISMATCH)
    return Status(Code::kUnsupported, std::string("cuBLASLt rejected ") + what + number + "; use the CPU");
  return Status(Code::kUnavailable, std::string("cuBLASLt failed at ") + what + number);
}

// Row-major out [rows, outputs] = in [rows, inputs] weights^T is column-major out [outputs, rows] = weights^T
// in: weights are "A" and transposed, in is "B".
struct LtProducts::Call {
  Call(const LtLibrary& library, const ProductCommand& product, int rows) : lt(library) {
    const cudaDataType_t type = lt_type(product.weights.type), out_type = lt_type(product.out.type);
    const Arithmetic arithmetic = arithmetic_of(product);
    take(lt.cublasLtMatmulDescCreate_(&description, arithmetic.sums, arithmetic.factors));
    const cublasOperation_t transposed = CUBLAS_OP_T;
    set(CUBLASLT_MATMUL_DESC_TRANSA, transposed);
    if (product.bias != nullptr) {
      const cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_BIAS;
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
      set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
      set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
    }
    const auto inputs = static_cast<std::uint64_t>(product.inputs),
               outputs = static_cast<std::uint64_t>(product.outputs),
               columns = static_cast<std::uint64_t>(rows);
    take(lt.cublasLtMatrixLayoutCreate_(&weights, type, inputs, outputs, product.weights.stride));
    take(lt.cublasLtMatrixLayoutCreate_(&in, type, inputs, columns, product.in.stride));
    take(lt.cublasLtMatrixLayoutCreate_(&out, out_type, outputs, columns, product.out.stride));
    const std::int64_t added =
        product.residual.data != nullptr ? product.residual.stride : product.out.stride;
    take(lt.cublasLtMatrixLayoutCreate_(&residual, out_type, outputs, columns, added));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    for (const cublasLtMatrixLayout_t layout : {weights, in, out, residual})
      if (layout != nullptr) lt.cublasLtMatrixLayoutDestroy_(layout);
    if (description != nullptr) lt.cublasLtMatmulDescDestroy_(description);
  }
  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    take(lt.cublasLtMatmulDescSetAttribute_(description, attribute, &value, sizeof value));
  }
  void take(cublasStatus_t result) {
    if (status == CUBLAS_STATUS_SUCCESS) status = result;
  }

  const LtLibrary& lt;
  cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
  cublasLtMatmulDesc_t description = nullptr;
  cublasLtMatrixLayout_t weights = nullptr, in = nullptr, out = nullptr, residual = nullptr;
};

Result<std::unique_ptr<LtProducts>> LtProducts::open(cudaStream_t stream) {
  RAPPEL_ASSIGN(const LtLibrary* library, lt_library());
  std::unique_ptr<LtProducts> products(new LtProducts(*library, stream));
  RAPPEL_TRY(cublas_status(library->cublasLtCreate_(&products->handle_), "starting"));
  RAPPEL_TRY(cuda_status(cudaMalloc(&products->workspace_, kWorkspaceBytes), "cuBLASLt"));
  return products;
}

LtProducts::~LtProducts() {
  cudaFree(workspace_);
  if (handle_ != nullptr) lt_.cublasLtDestroy_(handle_);
}

int LtProducts::row_bucket(int rows) {
  int bucket = kFewestRows;
  while (bucket < rows && bucket < kMostRows) bucket *= 2;
  return bucket;
}

LtProducts::Shape LtProducts::shape_of(const ProductCommand& product) {
  return {product.weights.type,
          product.tf32,
          product.inputs,
          product.outputs,
          product.residual.data != nullptr,
          product.in.stride,
          product.weights.stride,
          product.out.stride};
}

Result<int> LtProducts::suggest(const ProductCommand& product, int rows,
                                std::array<cublasLtMatmulHeuristicResult_t, kSuggestions>& out) {
  const Call call(lt_, product, rows);
  RAPPEL_TRY(cublas_status(call.status, "describing a product"));
  cublasLtMatmulPreference_t preference = nullptr;
  RAPPEL_TRY(cublas_status(lt_.cublasLtMatmulPreferenceCreate_(&preference), "describing a product"));
  cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    if (status == CUBLAS_STATUS_SUCCESS)
      status = lt_.cublasLtMatmulPreferenceSetAttribute_(preference, attribute, &value, sizeof value);
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{kWorkspaceBytes});
  prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_NONE});
  for (const auto attribute :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
    prefer(attribute, kAlignment);
  int count = 0;
  if (status == CUBLAS_STATUS_SUCCESS)
    status =
        lt_.cublasLtMatmulAlgoGetHeuristic_(handle_, call.description, call.weights, call.in, call.residual,
                                            call.out, preference, kSuggestions, out.data(), &count);
  lt_.cublasLtMatmulPreferenceDestroy_(preference);
  RAPPEL_TRY(cublas_status(status, "choosing how to multiply"));
  if (count == 0)
    return Status(Code::kUnsupported, "cuBLASLt cannot multiply " + std::to_string(rows) + " rows by " +
                                          std::to_string(product.outputs) + " x " +
                                          std::to_string(product.inputs) + "; use the CPU");
  return count;
}

bool LtProducts::takes(const ProductCommand& product, int rows, const Algorithm& algorithm) {
  const Call call(lt_, product, rows);
  cublasLtMatmulHeuristicResult_t checked{};
  return call.status == CUBLAS_STATUS_SUCCESS &&
         lt_.cublasLtMatmulAlgoCheck_(handle_, call.description, call.weights, call.in, call.residual,
                                      call.out, &algorithm, &checked) == CUBLAS_STATUS_SUCCESS &&
         checked.workspaceSize <= kWorkspaceBytes;
}

Status LtProducts::call(const ProductCommand& product, const Algorithm& algorithm) {
  const Call call(lt_, product, product.rows);
  RAPPEL_TRY(cublas_status(call.status, "describing a product"));
  const bool integers = product.weights.type == Element::kInt8, added = product.residual.data != nullptr;
  const float one = 1.0f, beta = added ? 1.0f : 0.0f;
  const std::int32_t whole_one = 1, whole_beta = 0;
  const auto factor = [integers](const float& real, const std::int32_t& whole) {
    return integers ? static_cast<const void*>(&whole) : &real;
  };
  const void* residual = added ? product.residual.data : product.out.data;
  return cublas_status(
      lt_.cublasLtMatmul_(handle_, call.description, factor(one, whole_one), product.weights.data,
                          call.weights, product.in.data, call.in, factor(beta, whole_beta), residual,
                          call.residual, product.out.data, call.out, &algorithm, workspace_, kWorkspaceBytes,
                          stream_),
      "a product");
}

// Shared by the trials of one bucket: a product over random rows, and the anchor's result for the first rows.
struct LtProducts::Probe {
  ProductCommand product;
  std::size_t out_bytes = 0;
  std::vector<std::byte> wanted, got;
};

// Milliseconds of one product; nullopt if the algorithm fails or its bits differ.
Result<std::optional<float>> LtProducts::trial(Probe& probe, const Algorithm& algorithm) {
  constexpr int kRuns = 5;
  if (!takes(probe.product, probe.product.rows, algorithm)) return std::optional<float>();
  const Status started = call(probe.product, algorithm);
  if (started.code() == Code::kUnsupported) return std::optional<float>();
  RAPPEL_TRY(started);
  probe.got.resize(probe.out_bytes);
  RAPPEL_TRY(cuda_status(cudaMemcpyAsync(probe.got.data(), probe.product.out.data, probe.out_bytes,
                                         cudaMemcpyDeviceToHost, stream_),
                         "a trial"));
  RAPPEL_TRY(cuda_status(cudaStreamSynchronize(stream_), "a trial"));
  if (probe.got != probe.wanted) return std::optional<float>();
  RAPPEL_ASSIGN(float milliseconds, timed(probe.product, algorithm, 1));
  if (milliseconds < kLongMs) {
    RAPPEL_ASSIGN(milliseconds, timed(probe.product, algorithm, kRuns));
  }
  return std::optional<float>(milliseconds);
}

// Milliseconds of one product, averaged over this many.
Result<float> LtProducts::timed(const ProductCommand& product, const Algorithm& algorithm, int runs) {
  Events events;
  RAPPEL_TRY(events.create());
  RAPPEL_TRY(cuda_status(cudaEventRecord(events.start, stream_), "a trial"));
  for (int i = 0; i < runs; ++i) RAPPEL_TRY(call(product, algorithm));
  RAPPEL_TRY(cuda_status(cudaEventRecord(events.end, stream_), "a trial"));
  RAPPEL_TRY(cuda_status(cudaEventSynchronize(events.end), "a trial"));
  float milliseconds = 0;
  RAPPEL_TRY(cuda_status(cudaEventElapsedTime(&milliseconds, events.start, events.end), "a trial"));
  return milliseconds / static_cast<float>(runs);
}

// Prefers a suggestion that supports every number of rows. If there is none, the first suggestion is used for
// the numbers that it supports.
Result<LtProducts::Algorithm> LtProducts::choose_anchor(const ProductCommand& product) {
  std::array<cublasLtMatmulHeuristicResult_t, kSuggestions> suggestions{};
  RAPPEL_ASSIGN(const int count, suggest(product, kAnchorRows, suggestions));
  for (int i = 0; i < count; ++i) {
    const Algorithm& algorithm = suggestions[static_cast<std::size_t>(i)].algo;
    bool all = takes(product, 1, algorithm);
    for (int rows = kFewestRows; all && rows <= kMostRows; rows *= 2) all = takes(product, rows, algorithm);
    if (all) return algorithm;
  }
  return suggestions[0].algo;
}

// Repeats the pattern: uploads it once and doubles it on the device.
Status LtProducts::fill(void* to, std::size_t bytes, const std::vector<std::byte>& pattern) {
  auto* place = static_cast<std::byte*>(to);
  std::size_t done = std::min(bytes, pattern.size());
  RAPPEL_TRY(
      cuda_status(cudaMemcpyAsync(to, pattern.data(), done, cudaMemcpyHostToDevice, stream_), "a trial"));
  for (; done < bytes; done = std::min(bytes, 2 * done))
    RAPPEL_TRY(cuda_status(
        cudaMemcpyAsync(place + done, place, std::min(done, bytes - done), cudaMemcpyDeviceToDevice, stream_),
        "a trial"));
  return {};
}

Result<LtProducts::Algorithm> LtProducts::choose(const ProductCommand& product, int rows,
                                                 const Algorithm& anchor) {
  const Element type = product.weights.type;
  const auto height = static_cast<std::size_t>(rows),
             out_row = static_cast<std::size_t>(product.out.stride) * element_bytes(product.out.type),
             in_bytes = height * static_cast<std::size_t>(product.in.stride) * element_bytes(type),
             out_bytes = height * out_row;
  Scratch in, out, residual;
  RAPPEL_TRY(in.allocate(in_bytes));
  RAPPEL_TRY(out.allocate(out_bytes));
  if (product.residual.data != nullptr) RAPPEL_TRY(residual.allocate(out_bytes));
  const std::vector<std::byte> pattern = random_rows(kPattern, type);
  const auto compared = static_cast<std::size_t>(std::min(rows, kComparedRows));
  Probe probe{product, compared * out_row, {}, {}};
  const WaitAtEnd wait{stream_};  // before the vectors are destroyed
  probe.product.rows = rows;
  probe.product.in.data = in.data();
  probe.product.out.data = out.data();
  RAPPEL_TRY(fill(in.data(), in_bytes, pattern));
  if (product.residual.data != nullptr) {
    probe.product.residual = {residual.data(), product.out.stride, type};
    RAPPEL_TRY(fill(residual.data(), out_bytes, pattern));
  }
  RAPPEL_TRY(cuda_status(cudaMemsetAsync(out.data(), 0, out_bytes, stream_), "a trial"));
  probe.wanted.resize(probe.out_bytes);
  RAPPEL_TRY(call(probe.product, anchor));
  RAPPEL_TRY(cuda_status(
      cudaMemcpyAsync(probe.wanted.data(), out.data(), probe.out_bytes, cudaMemcpyDeviceToHost, stream_),
      "a trial"));
  RAPPEL_TRY(cuda_status(cudaStreamSynchronize(stream_), "a trial"));

  Algorithm best = anchor;
  RAPPEL_ASSIGN(std::optional<float> least, trial(probe, anchor));
  std::array<cublasLtMatmulHeuristicResult_t, kSuggestions> suggestions{};
  RAPPEL_ASSIGN(const int count, suggest(product, rows, suggestions));
  for (int i = 0; i < count; ++i) {
    const Algorithm& candidate = suggestions[static_cast<std::size_t>(i)].algo;
    RAPPEL_ASSIGN(const std::optional<float> time, trial(probe, candidate));
    if (!time || (least && *time >= *least)) continue;
    least = time;
    best = candidate;
  }
  return best;
}

Status LtProducts::prepare(const ProductCommand& product) {
  const Shape shape = shape_of(product);
  if (chosen_.contains({shape, kMostRows})) return {};
  RAPPEL_ASSIGN(const Algorithm anchor, choose_anchor(product));
  anchors_.insert_or_assign(shape, anchor);
  for (int rows = kFewestRows; rows <= kMostRows; rows *= 2) {
    Result<Algorithm> best = choose(product, rows, anchor);
    // Use the anchor if there is no memory for trials or no suggestion for this number of rows.
    if (!best.ok() && best.status().code() != Code::kResourceExhausted &&
        (best.status().code() != Code::kUnsupported || rows == row_bucket(product.rows)))
      return best.status();
    chosen_.insert_or_assign({shape, rows}, best.ok() ? *best : anchor);
  }
  return {};
}

Status LtProducts::multiply(const ProductCommand& product) {
  const Shape shape = shape_of(product);
  const Status status = call(product, chosen_.at({shape, row_bucket(product.rows)}));
  // An algorithm chosen for more rows may not support so few; cuBLASLt reports that before the launch.
  if (status.code() != Code::kUnsupported) return status;
  return call(product, anchors_.at(shape));
}

}  // namespace rappel::cuda
