// Wraps a working device and fails when a test requests it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "engine/device.h"
#include "engine/packed_tokens.h"

namespace rappel {

class FaultyDevice final : public Device {
 public:
  explicit FaultyDevice(Device& inner) : inner_(inner), info_(inner.info()) {
    info_.name = "faulty";
    info_.description = "faulty: a device under test";
  }

  // Called before each allocation and after each forward pass (a device that fails at its end has written its
  // results). An error is returned to the caller.
  std::function<Status()> on_allocate = [] { return Status(); };
  std::function<Status(const PackedTokens&)> on_run = [](const PackedTokens&) { return Status(); };
  std::atomic<int> allocations = 0, runs = 0, trims = 0;

  static Status no_memory() { return {Code::kResourceExhausted, "the faulty device has no memory"}; }
  static Status lost() { return {Code::kUnavailable, "the faulty device is lost"}; }

  const DeviceInfo& info() const override { return info_; }
  bool supports(WeightKind kind) const override { return inner_.supports(kind); }
  Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) override {
    ++allocations;
    if (Status status = on_allocate(); !status.ok()) return status;
    return inner_.allocate(rows, columns);
  }
  Result<std::unique_ptr<Table>> upload_table(const TensorView& table) override {
    return inner_.upload_table(table);
  }
  Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                            float eps) override {
    return inner_.upload_norm(scale, shift, eps);
  }
  Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                std::span<const float> sizes) override {
    return inner_.upload_linear(parts, kind, sizes);
  }
  Status run(const PackedTokens& batch, const Forward& forward) override {
    ++runs;
    const Status status = inner_.run(batch, forward);
    return status.ok() ? on_run(batch) : status;
  }
  void trim() override {
    ++trims;
    inner_.trim();
  }
  MemoryUse memory() const override { return inner_.memory(); }

 private:
  Device& inner_;
  DeviceInfo info_;
};

}  // namespace rappel
