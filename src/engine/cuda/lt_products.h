// LtProducts: matrix products by cuBLASLt, with algorithms chosen so that the guarantee of device.h holds.
//
// cuBLASLt has many algorithms for a product, suggests different ones for different numbers of rows, and they
// sum in different orders, so the result of a text would depend on its batch. Therefore each weight shape has
// an anchor: the first suggestion for kAnchorRows that supports every number of rows and does not split sums.
// Each number of rows uses the fastest of its suggestions that is bit-identical to the anchor on random rows,
// or the anchor. The anchor depends only on the library and the GPU, not on timings.
//
// Errors: kUnsupported if cuBLASLt rejects a product, before anything is launched; kResourceExhausted without
// memory; kUnavailable for errors that may have broken the context.
//
// Not thread-safe. An object belongs to one GPU, which must be the current one of the calling thread.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "base/status.h"
#include "engine/cuda/commands.h"
#include "engine/cuda/lt_library.h"

namespace rappel::cuda {

class LtProducts {
 public:
  static Result<std::unique_ptr<LtProducts>> open(cudaStream_t stream);
  ~LtProducts();

  // Chooses algorithms for all numbers of rows if this kind of product is new: runs each number some eighty
  // times (a dozen if one takes kLongMs) and waits for the stream. Call it before multiply(), never while a
  // stream is captured.
  Status prepare(const ProductCommand& product);
  Status multiply(const ProductCommand& product);

  // The bucket of `rows` for choosing an algorithm: a power of two from kFewestRows to kMostRows.
  static int row_bucket(int rows);
  static constexpr int kFewestRows = 16, kMostRows = 8192;
  static constexpr float kLongMs = 1;

 private:
  struct Call;
  struct Probe;
  using Algorithm = cublasLtMatmulAlgo_t;
  // Element, TF32, inputs, outputs, residual, strides of in, weights, out.
  using Shape = std::tuple<Element, bool, int, int, bool, std::int64_t, std::int64_t, std::int64_t>;
  static constexpr int kSuggestions = 12, kAnchorRows = 2048;

  LtProducts(const LtLibrary& library, cudaStream_t stream) : lt_(library), stream_(stream) {}
  static Shape shape_of(const ProductCommand& product);
  Result<int> suggest(const ProductCommand& product, int rows,
                      std::array<cublasLtMatmulHeuristicResult_t, kSuggestions>& out);
  Status call(const ProductCommand& product, const Algorithm& algorithm);
  bool takes(const ProductCommand& product, int rows, const Algorithm& algorithm);
  Result<Algorithm> choose_anchor(const ProductCommand& product);
  Result<Algorithm> choose(const ProductCommand& product, int rows, const Algorithm& anchor);
  Status fill(void* to, std::size_t bytes, const std::vector<std::byte>& pattern);
  Result<std::optional<float>> trial(Probe& probe, const Algorithm& algorithm);
  Result<float> timed(const ProductCommand& product, const Algorithm& algorithm, int runs);

  const LtLibrary& lt_;
  cudaStream_t stream_;
  cublasLtHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
  std::map<Shape, Algorithm> anchors_;
  std::map<std::pair<Shape, int>, Algorithm> chosen_;  // by bucket
};

// The Status of a call; ok for success.
Status cuda_status(cudaError_t error, const char* what);
Status cublas_status(cublasStatus_t status, const char* what);

}  // namespace rappel::cuda
