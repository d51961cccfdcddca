// A stand-in for the CUDA runtime and cuBLASLt, linked in their place by tests: one stream's work is done
// when it is asked for, on the host's memory, or recorded while the stream is captured. The library computes
// what the descriptors say by its documents (column-major, leading dimensions, epilogue); its algorithms add
// in orders and take times of the test's choice. For builds with the toolkit's headers; one thread at a time.
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
  bool backwards = false;  // adds from the last input on: other bits
  float milliseconds = 1;
  int fewest_rows = 1;  // refuses products of fewer
};

struct FakeGpu {
  std::string name = "Test GPU";
  int major = 9, minor = 0;
  std::size_t memory_bytes = std::size_t{8} << 30;
};

struct FakeCuda {
  // The machine.
  std::vector<FakeGpu> gpus{FakeGpu()};
  int driver = 13000;  // 0: none
  cudaError_t starting = cudaSuccess;

  // What the library suggests, by number of rows; algorithms are known by their index in `algorithms`.
  std::vector<FakeAlgorithm> algorithms{FakeAlgorithm()};
  std::vector<std::uint64_t> for_anchor{0}, for_fewer{0};
  std::uint64_t computed_columns =
      std::numeric_limits<std::uint64_t>::max();  // of a product; the rest is not looked at

  // What goes wrong.
  bool out_of_memory = false, no_events = false, no_clearing = false, no_capture = false;
  std::size_t fail_allocation = 0;  // the number of the allocation that finds no memory; 0: none
  cudaError_t on_wait = cudaSuccess;

  // What happened.
  std::vector<std::uint64_t> used;  // algorithm of each product
  std::vector<cublasComputeType_t> computed;
  std::vector<int> asked_rows;
  std::vector<std::size_t> allocated;
  std::size_t live = 0;  // blocks of memory, events, streams and graphs
  std::size_t uploaded = 0, kernels = 0, captured = 0, launched = 0;
  bool waited = true;  // since the last copy
  float clock = 0;

  // Work of a stream: now, or when the graph that is being recorded is launched.
  void on_stream(std::function<void()> work);
};
extern FakeCuda fake;

// A number of device memory.
float fake_number(const void* data, cudaDataType_t type, std::size_t i);
void put_fake_number(float value, void* data, cudaDataType_t type, std::size_t i);

}  // namespace rappel::cuda
