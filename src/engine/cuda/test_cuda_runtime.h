// A fake CUDA runtime and cuBLASLt that tests link instead of the real ones. The work of the single stream is
// done immediately in host memory, or recorded while the stream is captured. Products follow the documented
// meaning of the descriptors (column-major, leading dimensions, epilogue); the test chooses the summation
// order and the duration of each algorithm. For builds with the headers of the toolkit; not thread-safe.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace rappel::cuda {

struct FakeAlgorithm {
  bool backwards = false;  // sums from the last input, which changes the bits
  float milliseconds = 1;
  int fewest_rows = 1;  // rejects products with fewer rows
};

struct FakeGpu {
  std::string name = "Test GPU";
  int major = 9, minor = 0;
  std::size_t memory_bytes = std::size_t{8} << 30;
};

struct FakeCuda {
  // The machine:
  std::vector<FakeGpu> gpus{FakeGpu()};
  int driver = 13000;  // 0: none
  cudaError_t starting = cudaSuccess;

  // Suggestions of the library by number of rows, as indexes into `algorithms`.
  std::vector<FakeAlgorithm> algorithms{FakeAlgorithm()};
  std::vector<std::uint64_t> for_anchor{0}, for_fewer{0};
  std::uint64_t computed_columns =
      std::numeric_limits<std::uint64_t>::max();  // of a product; the rest is not looked at

  // Injected failures:
  bool out_of_memory = false, no_events = false, no_clearing = false, no_capture = false;
  std::size_t fail_allocation = 0;  // the allocation that fails, counted from 1; 0: none
  cudaError_t on_wait = cudaSuccess;

  // Observations:
  std::vector<std::uint64_t> used;  // algorithm of each product
  std::vector<cublasComputeType_t> computed;
  std::vector<int> asked_rows;
  std::vector<std::size_t> allocated;
  std::size_t live = 0;  // blocks of memory, events, streams and graphs
  std::size_t uploaded = 0, kernels = 0, captured = 0, launched = 0;
  bool waited = true;  // the stream was synchronized after the last copy
  float clock = 0;

  // Runs work of the stream now, or when the graph that is being recorded is launched.
  void on_stream(std::function<void()> work);
};
extern FakeCuda fake;

// A number in device memory.
float fake_number(const void* data, cudaDataType_t type, std::size_t i);
void put_fake_number(float value, void* data, cudaDataType_t type, std::size_t i);

}  // namespace rappel::cuda
