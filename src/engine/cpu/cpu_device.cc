#include "engine/cpu/cpu_device.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>

#include "base/check.h"
#include "base/os/cpu.h"
#include "base/ticket_lock.h"
#include "engine/cpu/cpu_features.h"
#include "engine/cpu/cpu_pass.h"
#include "engine/cpu/packed_linear.h"
#include "engine/cpu/quantized_linear.h"
#include "engine/cpu/table.h"
#include "engine/cpu/target.h"
#include "engine/cpu/tile_attention.h"
#include "engine/packed_tokens.h"

namespace rappel {
namespace cpu {
namespace {

bool fill(const TensorView& tensor, Floats& values) {
  const std::size_t padded = (tensor.elements() + kRowAlign - 1) / kRowAlign * kRowAlign;
  if (!values.allocate(padded)) return false;
  tensor.to_float(std::span(values.data(), tensor.elements()));
  return true;
}

class CpuDevice final : public Device {
 public:
  CpuDevice(ThreadPool& pool, const Target& target, const CpuDeviceOptions& options)
      : pool_(pool), target_(target), table_bytes_(options.table_bytes), budget_(options.memory_limit) {
    const CpuInfo machine = read_cpu_info();
    info_ = {.name = "cpu",
             .description = "cpu: " + machine.model + ", " + target.label + ", " +
                            std::to_string(pool.threads()) + (pool.threads() == 1 ? " thread" : " threads"),
             .lanes = pool.threads(),
             // Without int8 instructions int8 is slower than float32.
             .preferred = *target.int8->feature == '\0' ? WeightKind::kFloat32 : WeightKind::kInt8,
             .rows_at_once = kQuantizedRows};
    info_.memory_bytes = machine.memory_bytes;
    shared_.kernels = target.kernels;
    shared_.tiles = target.attention;
    shared_.give_back(&budget_, lanes());
  }

  const DeviceInfo& info() const override { return info_; }
  bool supports(WeightKind) const override { return true; }

  Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) override {
    auto buffer = std::make_unique<Matrix>(rows, columns, &budget_);
    const bool countable = rows <= static_cast<std::size_t>(-1) / buffer->stride;
    if (!countable || !buffer->memory.allocate(rows * buffer->stride)) return no_memory("the activations");
    raise(widest_, columns);
    return std::unique_ptr<Buffer>(std::move(buffer));
  }

  Result<std::unique_ptr<Table>> upload_table(const TensorView& table) override {
    return std::unique_ptr<Table>(std::make_unique<MappedTable>(table, table_bytes_));
  }

  Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                            float eps) override {
    auto norm = std::make_unique<PackedNorm>(&budget_);
    norm->columns = scale.elements();
    norm->eps = eps;
    if (!fill(scale, norm->scale) || !fill(shift, norm->shift)) return no_memory("LayerNorm weights");
    return std::unique_ptr<Norm>(std::move(norm));
  }

  Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                std::span<const float> sizes) override {
    if (const Product* product = target_.product(kind)) {
      auto quantized = quantize_linear(
          parts, *product, kind == WeightKind::kInt8 ? sizes : std::span<const float>(), pool_, &budget_);
      if (!quantized.ok()) return explained(quantized.status());
      (*quantized)->wide = kind == WeightKind::kW8A16;
      raise(quantized_bytes_, element_bytes(product->format));
      if ((*quantized)->wide) raise(planes_, 2);
      return std::unique_ptr<Linear>(std::move(quantized).value());
    }
    auto packed = pack_linear(parts, *target_.kernels, pool_, &budget_);
    if (!packed.ok()) return explained(packed.status());
    return std::unique_ptr<Linear>(std::move(packed).value());
  }

  Status run(const PackedTokens& batch, const Forward& forward) override {
    std::lock_guard lock(pass_lock_);
    shared_.batch = &batch;
    shared_.out_of_memory = false;
    shared_.next[0] = 0;
    plan_attention(batch);
    if (!reserve_quantized()) return no_memory("the quantized activations");
    pool_.run([&](Lane& lane) {
      CpuPass pass(shared_, lane);
      forward(pass);
    });
    return shared_.out_of_memory ? no_memory("attention") : Status();
  }

  void trim() override {
    std::lock_guard lock(pass_lock_);
    shared_.give_back(&budget_, lanes());
  }

  MemoryUse memory() const override { return budget_.use(); }

 private:
  std::size_t lanes() const { return static_cast<std::size_t>(pool_.threads()); }

  Status no_memory(const std::string& what) const {
    return explained(Status(Code::kResourceExhausted, "no memory for " + what));
  }
  Status explained(const Status& status) const {
    if (status.code() != Code::kResourceExhausted) return status;
    const MemoryUse use = budget_.use();
    const std::string limit = use.limit == 0 ? ""
                                             : ": " + std::to_string(use.used >> 20) + " MB of at most " +
                                                   std::to_string(use.limit >> 20) +
                                                   " MB are taken (RAPPEL_DEVICE_MEMORY)";
    return Status(Code::kResourceExhausted,
                  status.message() + limit + "; use a smaller batch budget or model")
        .with_id("memory-limit");
  }

  static void raise(std::atomic<std::size_t>& most, std::size_t value) {
    for (std::size_t now = most; now < value && !most.compare_exchange_weak(now, value);) {
    }
  }

  // Memory for the rows of a step in the smallest kind in use; none if all weights are float32.
  bool reserve_quantized() {
    if (quantized_bytes_ == 0) return true;
    const QuantizedRows place(quantized_bytes_ == 1 ? Format::kInt8 : Format::kInt16, widest_);
    const std::size_t floats = planes_ * place.bytes(kQuantizedRows) / sizeof(float),
                      scales = planes_ * place.scales(kQuantizedRows);
    return (shared_.quantized.size() >= floats || shared_.quantized.allocate(floats)) &&
           (shared_.quantized_scales.size() >= scales || shared_.quantized_scales.allocate(scales)) &&
           reserve_packed_keys();
  }

  // Memory for the keys and values of long texts in 16 bits (the widest buffer holds at least query, key and
  // value). It grows in steps, so that growth is rare.
  bool reserve_packed_keys() {
    constexpr std::size_t kStep = 1024 / kTileKeys;
    if (shared_.key_blocks.empty()) return true;
    const std::size_t blocks = (shared_.key_blocks.size() + kStep - 1) / kStep * kStep,
                      bytes = blocks * tile_keys_bytes(widest_ / 3 + 1);
    return shared_.packed_keys.size() * sizeof(float) >= bytes ||
           shared_.packed_keys.allocate(bytes / sizeof(float));
  }

  // Longest texts first: their tasks are the largest, and small tasks balance the lanes at the end.
  void plan_attention(const PackedTokens& batch) {
    order_.resize(batch.texts());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    const auto length = [&batch](std::size_t text) {
      return static_cast<std::size_t>(batch.starts[text + 1] - batch.starts[text]);
    };
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return length(a) != length(b) ? length(a) > length(b) : a < b;
    });
    shared_.key_blocks.clear();
    shared_.first_block.resize(batch.texts());
    for (std::size_t text = 0; text < batch.texts() && shared_.tiles != nullptr; ++text) {
      shared_.first_block[text] = shared_.key_blocks.size();
      for (std::size_t first = 0; length(text) > kKeyBlock && first < length(text); first += kTileKeys)
        shared_.key_blocks.push_back({text, first, std::min(kTileKeys, length(text) - first)});
    }
    shared_.tasks.clear();
    for (const std::size_t text : order_)
      for (std::size_t first = 0; first < length(text); first += kTaskQueries)
        shared_.tasks.push_back({text, first, std::min(kTaskQueries, length(text) - first)});
  }

  ThreadPool& pool_;
  const Target& target_;
  const std::size_t table_bytes_;
  MemoryBudget budget_;
  // Maxima over all buffers and quantized weights so far.
  std::atomic<std::size_t> widest_{0}, quantized_bytes_{0}, planes_{1};
  DeviceInfo info_;
  TicketLock pass_lock_;  // a reranker waits for one batch of a busy embedder, not for many
  SharedPass shared_;
  std::vector<std::size_t> order_;
};

}  // namespace
}  // namespace cpu

std::vector<std::string> cpu_targets() {
  std::vector<std::string> names;
  for (const cpu::Target& target : cpu::all_targets()) names.emplace_back(target.name);
  return names;
}

std::vector<CpuTargetInfo> built_cpu_targets() {
  std::vector<CpuTargetInfo> list;
  for (const cpu::BuiltTarget& target : cpu::built_targets())
    list.push_back({target.name, target.label, target.missing});
  return list;
}

std::vector<std::string> usable_cpu_features() {
  std::vector<std::string> names;
  for (const cpu::CpuFeature& feature : cpu::cpu_features())
    if (feature.usable) names.emplace_back(feature.name);
  return names;
}

std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, const CpuDeviceOptions& options) {
  const cpu::Target* target = cpu::find_target(options.target);
  RAPPEL_CHECK(target != nullptr, "the target is one of cpu_targets()");
  return std::make_unique<cpu::CpuDevice>(pool, *target, options);
}

}  // namespace rappel
