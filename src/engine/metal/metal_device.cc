#include "engine/metal/metal_device.h"

#include <mlx/array.h>
#include <mlx/backend/metal/metal.h>
#include <mlx/device.h>
#include <mlx/memory.h>
#include <mlx/ops.h>
#include <mlx/stream.h>
#include <mlx/transforms.h>
#include <mlx/version.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/metal/elementwise.h"
#include "engine/metal/failure.h"
#include "engine/metal/handles.h"
#include "engine/metal/inference_thread.h"
#include "engine/metal/metal_pass.h"

namespace rappel {
namespace metal {
namespace {

namespace mx = mlx::core;

void append_floats(const TensorView& tensor, std::vector<float>& values) {
  const std::size_t at = values.size();
  values.resize(at + tensor.elements());
  tensor.to_float(std::span(values).subspan(at));
}

mx::array vector_array(const TensorView& tensor) {
  std::vector<float> values;
  append_floats(tensor, values);
  return mx::array(values.data(), mx::Shape{static_cast<int>(values.size())});
}

// A number from mx::device_info(); 0 if absent.
std::size_t gpu_number(const char* key) {
  const auto& info = mx::device_info(mx::Device::gpu);
  const auto found = info.find(key);
  return found == info.end() ? 0 : std::get<std::size_t>(found->second);
}

std::string gpu_description() {
  const auto& info = mx::device_info(mx::Device::gpu);
  const auto name = info.find("device_name");
  return "mps: " + (name == info.end() ? "Apple GPU" : std::get<std::string>(name->second)) + ", " +
         std::to_string((gpu_number("memory_size") + (1u << 29)) >> 30) + " GB shared with the CPU, MLX " +
         mx::version();
}

// The default, before a device sets another limit.
std::size_t default_limit(bool on_gpu) {
  static const std::size_t limit =
      on_gpu ? gpu_number("max_recommended_working_set_size") : mx::get_memory_limit();
  return limit;
}

class MetalDevice final : public Device {
 public:
  MetalDevice(const MetalDeviceOptions& options, bool on_gpu) {
    info_.name = "mps";
    info_.description =
        on_gpu ? gpu_description()
               : std::string("mps: MLX ") + mx::version() + " on the CPU, without Metal: for tests, slow";
    info_.same_bits = !on_gpu;
    given_limit_ = options.memory_bytes;
    limit_ = options.memory_bytes != 0 ? options.memory_bytes : default_limit(on_gpu);
    mx::set_memory_limit(limit_);
    mx::set_cache_limit(std::min(options.cache_bytes, limit_));
    const bool compile = on_gpu || options.compile_on_cpu;
    thread_.run([this, compile] { functions_ = compile ? compiled_functions() : plain_functions(); });
  }

  ~MetalDevice() override {
    (void)on_thread("the end of the device", [this]() -> Status {
      functions_ = {};
      mx::clear_cache();
      mx::clear_streams();
      return {};
    });
  }

  const DeviceInfo& info() const override { return info_; }
  bool supports(WeightKind kind) const override {
    return kind == WeightKind::kFloat32 || kind == WeightKind::kHalf;
  }

  Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) override {
    // Memory is allocated in a pass; sizes that are always too large are rejected here.
    constexpr std::size_t kMost = std::size_t{1} << 31;  // MLX counts rows and columns in 31 bits
    const std::size_t cells = limit_ / sizeof(float);
    if (rows >= kMost || columns >= kMost || (columns > 0 && rows > cells / columns))
      return Status(Code::kResourceExhausted, "mps has no memory for a buffer of " + std::to_string(rows) +
                                                  " x " + std::to_string(columns) +
                                                  " numbers; use smaller batches");
    return std::unique_ptr<Buffer>(std::make_unique<GraphBuffer>(rows, columns));
  }

  Result<std::unique_ptr<Table>> upload_table(const TensorView& table) override {
    return std::unique_ptr<Table>(std::make_unique<FileTable>(table));
  }

  Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                            float eps) override {
    std::unique_ptr<Norm> norm;
    RAPPEL_TRY(on_thread("LayerNorm weights", [&]() -> Status {
      mx::array a = vector_array(scale), b = vector_array(shift);
      norm = std::make_unique<ArrayNorm>(std::move(a), std::move(b), eps);
      return {};
    }));
    return norm;
  }

  Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                std::span<const float>) override {
    if (!supports(kind))
      return Status(Code::kUnsupported, std::string("mps has no ") + weight_kind_name(kind) + " weights");
    std::vector<float> weight, bias;
    for (const LinearPart& part : parts) {
      append_floats(part.weight, weight);
      append_floats(part.bias, bias);
    }
    std::unique_ptr<Linear> linear;
    const Status status = on_thread("the weights of a layer", [&]() -> Status {
      RAPPEL_TRY(check_room("the weights of a layer", (weight.size() + bias.size()) * sizeof(float),
                            mx::get_active_memory(), limit_));
      const int outputs = static_cast<int>(bias.size()), inputs = static_cast<int>(weight.size()) / outputs;
      mx::array w(weight.data(), mx::Shape{outputs, inputs}), b(bias.data(), mx::Shape{outputs});
      if (kind == WeightKind::kHalf) {
        w = functions_.to_half({w})[0];
        b = functions_.to_half({b})[0];
      }
      mx::eval({w, b});
      linear = std::make_unique<ArrayLinear>(std::move(w), std::move(b));
      return {};
    });
    RAPPEL_TRY(status);
    return linear;
  }

  Status run(const PackedTokens& batch, const Forward& forward) override {
    const std::string what = "a batch of " + std::to_string(batch.tokens()) + " tokens";
    return on_thread(what, [&]() -> Status {
      MetalPass pass(batch, functions_);
      forward(pass);
      RAPPEL_TRY(check_room(what, pass.bytes_needed(), mx::get_active_memory(), limit_));
      pass.finish();
      return {};
    });
  }

  // Counted by MLX for the whole process.
  MemoryUse memory() const override { return {mx::get_active_memory(), mx::get_peak_memory(), given_limit_}; }

  void trim() override {
    (void)on_thread("the cache", []() -> Status {
      mx::clear_cache();
      return {};
    });
  }

 private:
  // The Status of `work`, or its exception as a Status.
  template <class Work>
  Status on_thread(const std::string& what, const Work& work) {
    Status status;
    thread_.run([&] {
      try {
        status = work();
      } catch (const std::exception& error) {
        status = failure(error, what);
      }
    });
    return status;
  }

  DeviceInfo info_;
  std::size_t limit_ = 0, given_limit_ = 0;
  Elementwise functions_;  // used only on the thread
  InferenceThread thread_;
};

}  // namespace
}  // namespace metal

bool metal_built() { return true; }
bool metal_present() { return mlx::core::metal::is_available(); }

Result<std::unique_ptr<Device>> make_metal_device(const MetalDeviceOptions& options) {
  const bool on_gpu = metal_present();
  if (!on_gpu && !options.cpu_backend)
    return Status(Code::kUnsupported,
                  "this machine has no Metal GPU, which mps needs; set the device to auto or cpu");
  try {
    return std::unique_ptr<Device>(std::make_unique<metal::MetalDevice>(options, on_gpu));
  } catch (const std::exception& error) {
    return Status(Code::kUnavailable, "the Metal device cannot be opened; set the device to cpu",
                  error.what());
  }
}

}  // namespace rappel
