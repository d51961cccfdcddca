#include "engine/cuda/test_emulated_gpu.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

// These headers must precede the kernels.
// clang-format off
#include "engine/cuda/test_emulation.h"
#include "engine/cuda/launch-inl.h"
// clang-format on

namespace rappel::cuda {
namespace {

float number(const void* data, Element type, std::size_t index) {
  if (type == Element::kFloat32) return static_cast<const float*>(data)[index];
  const std::uint16_t bits = static_cast<const std::uint16_t*>(data)[index];
  return type == Element::kHalf ? f16_to_float(bits) : bf16_to_float(bits);
}

// The part of a float32 that tensor cores read as TF32: 10 bits of mantissa.
float as_tf32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu);
}

void numbers(const Rows& rows, int row, int count, float* out) {
  const std::size_t first = static_cast<std::size_t>(row) * static_cast<std::size_t>(rows.stride);
  for (int i = 0; i < count; ++i) out[i] = number(rows.data, rows.type, first + static_cast<std::size_t>(i));
}

void multiply_int8(const ProductCommand& c) {
  for (int row = 0; row < c.rows; ++row)
    for (int output = 0; output < c.outputs; ++output) {
      const auto* x = static_cast<const std::int8_t*>(c.in.data) + row * c.in.stride;
      const auto* w = static_cast<const std::int8_t*>(c.weights.data) + output * c.weights.stride;
      std::int32_t sum = 0;
      for (int i = 0; i < c.inputs; ++i) sum += x[i] * w[i];
      static_cast<std::int32_t*>(c.out.data)[row * c.out.stride + output] = sum;
    }
}

void multiply(const ProductCommand& c) {
  if (c.weights.type == Element::kInt8) return multiply_int8(c);
  const auto inputs = static_cast<std::size_t>(c.inputs);
  std::vector<float> x(inputs * static_cast<std::size_t>(c.rows)), w(inputs);
  for (int row = 0; row < c.rows; ++row)
    numbers(c.in, row, c.inputs, x.data() + static_cast<std::size_t>(row) * inputs);
  if (c.tf32) std::transform(x.begin(), x.end(), x.begin(), as_tf32);
  for (int output = 0; output < c.outputs; ++output) {
    numbers(c.weights, output, c.inputs, w.data());
    if (c.tf32) std::transform(w.begin(), w.end(), w.begin(), as_tf32);
    const float bias = number(c.bias, c.weights.type, static_cast<std::size_t>(output));
    for (int row = 0; row < c.rows; ++row) {
      const float* from = x.data() + static_cast<std::size_t>(row) * inputs;
      float lanes[16] = {};
      std::size_t i = 0;
      for (; i + 16 <= inputs; i += 16)
        for (std::size_t lane = 0; lane < 16; ++lane) lanes[lane] += from[i + lane] * w[i + lane];
      float sum = 0;
      for (; i < inputs; ++i) sum += from[i] * w[i];
      for (const float lane : lanes) sum += lane;
      sum += bias;
      const auto place = [&](const Rows& rows) {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(rows.stride) +
               static_cast<std::size_t>(output);
      };
      if (c.residual.data != nullptr) sum += number(c.residual.data, c.residual.type, place(c.residual));
      if (c.out.type == Element::kFloat32)
        static_cast<float*>(c.out.data)[place(c.out)] = sum;
      else
        static_cast<std::uint16_t*>(c.out.data)[place(c.out)] =
            c.out.type == Element::kHalf ? float_to_f16(sum) : float_to_bf16(sum);
    }
  }
}

class EmulatedGpu final : public Gpu {
 public:
  explicit EmulatedGpu(EmulatedGpuControl& control) : control_(control) {
    info_.description = "emulated";
    info_.compute_capability = control.compute_capability;
  }
  const GpuInfo& info() const override { return info_; }

  // Blocks of exactly this size, so that the address sanitizer detects accesses beyond them.
  Result<void*> allocate(std::size_t bytes) override {
    std::lock_guard lock(mutex_);
    ++control_.allocations;
    RAPPEL_TRY(control_.on_allocate(bytes));
    void* memory =
        bytes > (std::size_t{1} << 34) ? nullptr : operator new(bytes, std::align_val_t(256), std::nothrow);
    if (memory == nullptr) return Status(Code::kResourceExhausted, "no memory on the emulated device");
    std::memset(memory, 0, bytes);
    sizes_[memory] = bytes;
    control_.live_bytes += bytes;
    ++control_.live_blocks;
    return memory;
  }
  void release(void* memory) override {
    std::lock_guard lock(mutex_);
    const auto it = sizes_.find(memory);
    if (it == sizes_.end()) std::abort();  // unknown block, or released twice
    control_.live_bytes -= it->second;
    --control_.live_blocks;
    sizes_.erase(it);
    operator delete(memory, std::align_val_t(256));
  }
  Result<void*> allocate_host(std::size_t bytes) override { return allocate(bytes); }
  void release_host(void* memory) override { release(memory); }
  Status upload(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
    return {};
  }

  Status run(const Work& work) override {
    ++control_.runs;
    control_.repeats += work.repeats;
    control_.last.assign(work.commands.begin(), work.commands.end());
    std::memcpy(work.batch.device, work.batch.host, work.batch.bytes);
    for (const Command& command : work.commands) emulate(command);
    for (const Transfer& answer : work.answers) std::memcpy(answer.host, answer.device, answer.bytes);
    return control_.on_run();
  }
  void trim() override { ++control_.trims; }

 private:
  EmulatedGpuControl& control_;
  GpuInfo info_;
  std::mutex mutex_;
  std::map<void*, std::size_t> sizes_;
};

struct EmulatedLaunch {
  template <class Args>
  void operator()(void (*kernel)(Args), unsigned blocks_x, unsigned blocks_y, const Args& args) const {
    run_blocks({blocks_x, blocks_y, 1}, kThreads, [&] { kernel(args); });
  }
};

}  // namespace

void emulate(const Command& command) {
  const auto one = [](const auto& c) {
    if constexpr (std::is_same_v<std::decay_t<decltype(c)>, ProductCommand>) {
      multiply(c);
    } else {
      const EmulatedLaunch launch;
      KernelStarter<const EmulatedLaunch>{launch}(c);
    }
  };
  std::visit(one, command);
}

std::unique_ptr<Gpu> make_emulated_gpu(EmulatedGpuControl& control) {
  return std::make_unique<EmulatedGpu>(control);
}

}  // namespace rappel::cuda
