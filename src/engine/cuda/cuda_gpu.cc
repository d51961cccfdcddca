// Implements Gpu with the CUDA runtime, and the functions of cuda_device.h.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/cuda/cuda_device.h"
#include "engine/cuda/gpu.h"
#include "engine/cuda/gpu_device.h"
#include "engine/cuda/kernels.h"
#include "engine/cuda/lt_products.h"

namespace rappel {
namespace cuda {
namespace {

constexpr std::size_t kMostGraphs = 64;

// A list of commands and, from its second use on, its CUDA graph.
struct Replay {
  std::vector<Command> commands;
  cudaGraphExec_t graph = nullptr;
  std::uint64_t used = 0;
};

class CudaGpu final : public Gpu {
 public:
  // Takes ownership of the streams: one for passes, one for concurrent uploads.
  CudaGpu(GpuInfo info, cudaStream_t stream, cudaStream_t uploads, std::unique_ptr<LtProducts> products)
      : info_(std::move(info)), stream_(stream), uploads_(uploads), products_(std::move(products)) {}
  ~CudaGpu() override {
    cudaSetDevice(info_.number);
    drop_graphs();
    products_.reset();
    cudaStreamDestroy(stream_);
    cudaStreamDestroy(uploads_);
  }

  const GpuInfo& info() const override { return info_; }

  Result<void*> allocate(std::size_t bytes) override {
    void* memory = nullptr;
    RAPPEL_TRY(ready());
    RAPPEL_TRY(taken(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), "model and activations"));
    cudaError_t error = cudaMemsetAsync(memory, 0, bytes, uploads_);
    if (error == cudaSuccess) error = cudaStreamSynchronize(uploads_);
    if (error == cudaSuccess) return memory;
    cudaFree(memory);
    return taken(error, "clearing memory");
  }
  void release(void* memory) override {
    cudaSetDevice(info_.number);
    cudaFree(memory);  // waits for pending uses
  }
  Result<void*> allocate_host(std::size_t bytes) override {
    void* memory = nullptr;
    RAPPEL_TRY(ready());
    RAPPEL_TRY(taken(cudaMallocHost(&memory, bytes), "transfers"));
    return memory;
  }
  void release_host(void* memory) override {
    cudaSetDevice(info_.number);
    cudaFreeHost(memory);
  }
  Status upload(void* to, const void* from, std::size_t bytes) override {
    RAPPEL_TRY(ready());
    RAPPEL_TRY(taken(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, uploads_), "an upload"));
    return taken(cudaStreamSynchronize(uploads_), "an upload");
  }

  Status run(const Work& work) override {
    std::lock_guard lock(mutex_);
    RAPPEL_TRY(ready());
    for (const Command& command : work.commands)
      if (const auto* product = std::get_if<ProductCommand>(&command))
        RAPPEL_TRY(taken(products_->prepare(*product)));
    const Status started = start_all(work);
    // Also wait after a failure, because work that was launched before uses the caller's memory.
    const Status ended = cuda_status(cudaStreamSynchronize(stream_), "a forward pass");
    RAPPEL_TRY(taken(started));
    return taken(ended);
  }

  void trim() override {
    std::lock_guard lock(mutex_);
    cudaSetDevice(info_.number);
    drop_graphs();
  }

 private:
  Status ready() {
    if (lost_)
      return Status(Code::kUnavailable, "the GPU has failed before; restart the program to use it again");
    return taken(cudaSetDevice(info_.number), "selecting the device");
  }
  Status taken(cudaError_t error, const char* what) { return taken(cuda_status(error, what)); }
  // Any error except lack of memory and rejected commands may come from a broken context, which is unusable.
  Status taken(Status status) {
    if (!status.ok() && status.code() != Code::kResourceExhausted && status.code() != Code::kUnsupported)
      lost_ = true;
    return status;
  }

  Status start_all(const Work& work) {
    RAPPEL_TRY(cuda_status(cudaMemcpyAsync(work.batch.device, work.batch.host, work.batch.bytes,
                                           cudaMemcpyHostToDevice, stream_),
                           "the batch"));
    RAPPEL_TRY(work.repeats ? replay(work.commands) : start(work.commands));
    for (const Transfer& answer : work.answers)
      RAPPEL_TRY(cuda_status(
          cudaMemcpyAsync(answer.host, answer.device, answer.bytes, cudaMemcpyDeviceToHost, stream_),
          "the answers"));
    return {};
  }

  Status start(std::span<const Command> commands) {
    for (const Command& command : commands) {
      if (const auto* product = std::get_if<ProductCommand>(&command))
        RAPPEL_TRY(products_->multiply(*product));
      else
        RAPPEL_TRY(cuda_status(start_kernel(command, stream_), "starting a kernel"));
    }
    return {};
  }

  // At its second use a list becomes a graph: one launch instead of about two hundred.
  Status replay(std::span<const Command> commands) {
    Replay* known = nullptr;
    for (Replay& one : replays_)
      if (std::equal(one.commands.begin(), one.commands.end(), commands.begin(), commands.end()))
        known = &one;
    if (known == nullptr) {
      RAPPEL_TRY(start(commands));  // do not capture a list that fails
      if (replays_.size() >= kMostGraphs) forget_oldest();
      replays_.push_back({{commands.begin(), commands.end()}, nullptr, ++clock_});
      return {};
    }
    known->used = ++clock_;
    if (known->graph == nullptr && graphs_work_) graphs_work_ = capture(commands, known->graph);
    if (known->graph == nullptr) return start(commands);
    return cuda_status(cudaGraphLaunch(known->graph, stream_), "starting a graph");
  }

  // False, and `graph` is null, on failure. Errors in commands are reported when they are launched.
  bool capture(std::span<const Command> commands, cudaGraphExec_t& graph) {
    if (cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal) != cudaSuccess) return forgive();
    const Status started = start(commands);
    cudaGraph_t recorded = nullptr;
    const cudaError_t ended = cudaStreamEndCapture(stream_, &recorded);
    const bool made =
        started.ok() && ended == cudaSuccess && cudaGraphInstantiate(&graph, recorded, 0) == cudaSuccess;
    if (recorded != nullptr) cudaGraphDestroy(recorded);
    if (made) return true;
    graph = nullptr;
    return forgive();
  }
  static bool forgive() {
    (void)cudaGetLastError();
    return false;
  }

  void forget_oldest() {
    auto oldest = replays_.begin();
    for (auto it = replays_.begin(); it != replays_.end(); ++it)
      if (it->used < oldest->used) oldest = it;
    if (oldest->graph != nullptr) cudaGraphExecDestroy(oldest->graph);
    replays_.erase(oldest);
  }

  void drop_graphs() {
    for (const Replay& one : replays_)
      if (one.graph != nullptr) cudaGraphExecDestroy(one.graph);
    replays_.clear();
  }

  GpuInfo info_;
  cudaStream_t stream_, uploads_;
  std::unique_ptr<LtProducts> products_;
  std::mutex mutex_;
  std::atomic<bool> lost_{false};
  std::vector<Replay> replays_;
  std::uint64_t clock_ = 0;
  bool graphs_work_ = true;
};

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// Why there is no device; empty if there is one.
std::string why_none(cudaError_t error, int count) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  (void)cudaGetLastError();
  if (error == cudaSuccess && count > 0) return "";
  if (driver == 0) return "no NVIDIA driver (libcuda.so.1) was found on this machine";
  if (error == cudaErrorInsufficientDriver)
    return "the NVIDIA driver is too old: it has CUDA " + version_text(driver) + ", and this build needs " +
           version_text(CUDART_VERSION) + "; update the driver";
  if (error == cudaSuccess || error == cudaErrorNoDevice) return "the NVIDIA driver sees no GPU";
  return std::string("cannot start the NVIDIA driver (") + cudaGetErrorString(error) + ")";
}

struct Found {
  std::vector<GpuInfo> gpus;
  std::vector<std::string> refused;  // why each GPU cannot be used; empty if it can
  std::string reason;                // why there is no GPU
  bool old_driver = false;           // true if the driver is older than this build requires

  bool any_usable() const { return std::find(refused.begin(), refused.end(), "") != refused.end(); }
};

Found find_gpus() {
  Found found;
  int count = 0, driver = 0;
  const cudaError_t counted = cudaGetDeviceCount(&count);
  found.reason = why_none(counted, count);
  cudaDriverGetVersion(&driver);
  // Without any driver CUDA reports the same error.
  found.old_driver = counted == cudaErrorInsufficientDriver && driver > 0;
  if (!found.reason.empty()) return found;
  for (int number = 0; number < count; ++number) {
    const std::string name = "cuda:" + std::to_string(number);
    cudaDeviceProp properties{};
    if (const cudaError_t error = cudaGetDeviceProperties(&properties, number); error != cudaSuccess) {
      (void)cudaGetLastError();  // clear the error
      found.gpus.push_back({number, 0, 0, "unknown"});
      found.refused.push_back(name + " does not respond (" + cudaGetErrorString(error) + ")");
      continue;
    }
    char memory[32];
    std::snprintf(memory, sizeof memory, "%.1f GiB",
                  static_cast<double>(properties.totalGlobalMem) / (1 << 30));
    const int capability = properties.major * 10 + properties.minor;
    found.gpus.push_back({number, properties.totalGlobalMem, capability,
                          std::string(properties.name) + ", " + memory + ", compute capability " +
                              std::to_string(properties.major) + "." + std::to_string(properties.minor) +
                              ", driver for CUDA " + version_text(driver)});
    found.refused.push_back(capability >= 75 ? ""
                                             : name + " is too old (" + found.gpus.back().description +
                                                   "); compute capability 7.5 is needed");
  }
  if (!found.any_usable()) found.reason = found.refused.front();
  return found;
}

}  // namespace
}  // namespace cuda

bool cuda_built() { return true; }

CudaReport cuda_report() {
  const cuda::Found found = cuda::find_gpus();
  CudaReport report{{}, found.reason};
  if (!found.any_usable()) return report;
  for (std::size_t i = 0; i < found.gpus.size(); ++i)
    report.devices.push_back({found.gpus[i].description, found.refused[i]});
  return report;
}

Result<std::unique_ptr<Device>> make_cuda_device(int number, const MemoryLimit& limit) {
  const cuda::Found found = cuda::find_gpus();
  const auto refuse = [](std::string message) {
    return Status(Code::kUnsupported, std::move(message)).with_id("device-missing");
  };
  if (found.old_driver) return Status(Code::kUnsupported, found.reason).with_id("driver-too-old");
  if (found.gpus.empty()) return refuse(found.reason);
  if (number < 0 || static_cast<std::size_t>(number) >= found.gpus.size())
    return refuse("there is no cuda:" + std::to_string(number) + "; this machine has cuda:0" +
                  (found.gpus.size() > 1 ? " to cuda:" + std::to_string(found.gpus.size() - 1) : ""));
  const cuda::GpuInfo& info = found.gpus[static_cast<std::size_t>(number)];
  if (const std::string& why = found.refused[static_cast<std::size_t>(number)]; !why.empty())
    return refuse(why);
  RAPPEL_TRY(cuda::cuda_status(cudaSetDevice(number), "selecting the device"));
  cudaStream_t stream = nullptr, uploads = nullptr;
  RAPPEL_TRY(cuda::cuda_status(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream"));
  Status status =
      cuda::cuda_status(cudaStreamCreateWithFlags(&uploads, cudaStreamNonBlocking), "making a stream");
  if (status.ok()) {
    auto products = cuda::LtProducts::open(stream);
    if (products.ok())
      return cuda::make_gpu_device(
          std::make_unique<cuda::CudaGpu>(info, stream, uploads, std::move(products).value()), limit);
    status = products.status();
    cudaStreamDestroy(uploads);
  }
  cudaStreamDestroy(stream);
  return status;
}

}  // namespace rappel
