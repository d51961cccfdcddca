// Gpu: the interface of the CUDA device to a GPU: memory, and execution of a list of commands. cuda_gpu.cc
// implements it with the CUDA runtime and cuBLASLt; tests use an implementation that emulates the kernels.
//
// Memory is zeroed and aligned to kMemoryUnit. All functions are thread-safe; run() serves its callers one
// after another, and the caller must keep the memory it uses until run() returns.
//
// Errors: kResourceExhausted without memory; kUnsupported for a command that cannot be executed (the GPU is
// unchanged); kUnavailable if the GPU is lost, after which every call returns the same error.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/cuda/commands.h"
#include "engine/memory_budget.h"

namespace rappel::cuda {

constexpr std::size_t kMemoryUnit = 256;  // bytes

struct GpuInfo {
  int number = 0;  // cuda:N
  std::uint64_t memory_bytes = 0;
  int compute_capability = 75;  // 10 * major + minor
  std::string description;      // "NVIDIA H200, 139.8 GiB, compute capability 9.0, driver for CUDA 13.0"
};

// Bytes from host to device memory before the commands, or back after them; `host` is of allocate_host().
struct Transfer {
  void* host = nullptr;
  void* device = nullptr;
  std::size_t bytes = 0;
};

struct Work {
  Transfer batch;
  std::span<const Command> commands;
  std::span<const Transfer> answers;
  bool repeats = false;  // small and likely to be repeated: worth recording as a graph
};

class Gpu {
 public:
  virtual ~Gpu() = default;
  virtual const GpuInfo& info() const = 0;
  virtual Result<void*> allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) = 0;
  // Host memory that transfers access directly (pinned).
  virtual Result<void*> allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* memory) = 0;
  virtual Status upload(void* to, const void* from, std::size_t bytes) = 0;
  // Returns after all commands have completed.
  virtual Status run(const Work& work) = 0;
  // Releases memory that is kept only to make later passes faster.
  virtual void trim() {}
};

// Owns device or host memory of a Gpu. Device memory counts against a budget.
class Memory {
 public:
  enum class Where { kDevice, kHost };
  Memory() = default;
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(gpu_, other.gpu_);
    std::swap(budget_, other.budget_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(where_, other.where_);
    return *this;
  }
  ~Memory() {
    if (data_ == nullptr) return;
    if (where_ == Where::kHost) {
      gpu_->release_host(data_);
      return;
    }
    gpu_->release(data_);
    budget_->give_back(bytes_);
  }
  // kResourceExhausted also if it would exceed the limit of the budget.
  static Result<Memory> make(Gpu& gpu, MemoryBudget& budget, std::size_t bytes, Where where);

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Gpu* gpu_ = nullptr;
  MemoryBudget* budget_ = nullptr;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  Where where_ = Where::kDevice;
};

}  // namespace rappel::cuda
