#include "wiring/devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/cuda/cuda_device.h"
#include "engine/metal/metal_device.h"
#include "engine/reference/reference_device.h"

namespace rappel {
namespace {

struct Opening {
  const DeviceSettings& settings;
  ThreadPool& pool;
  const std::string& name;  // "cuda:1"
  int number;               // 1; 0 if the name has none
  const char* variable;
};

using Opened = Result<std::unique_ptr<Device>>;

struct DeviceRow {
  const char* name;
  Opened (*open)(const Opening& opening);
  bool automatic = false;            // auto may stand for it, if it is present
  bool numbered = false;             // "cuda:1" too
  bool (*built)() = nullptr;         // null: always
  bool (*present)() = nullptr;       // null: on every machine
  CudaReport (*report)() = nullptr;  // of a numbered device: all that this machine has
};

std::size_t memory_limit(const DeviceSettings& settings) {
  return settings.device_memory.of(read_cpu_info().memory_bytes);
}

Result<std::string> cpu_target(const std::string& wanted) {
  std::string problem = fmt::format("RAPPEL_CPU_TARGET={}: no such target in this build", wanted);
  std::string runnable;
  for (const CpuTargetInfo& target : built_cpu_targets()) {
    if (!target.missing.empty()) {
      if (target.name == wanted)
        problem = fmt::format("RAPPEL_CPU_TARGET={}: this machine lacks {}", wanted, target.missing);
      continue;
    }
    if (wanted == target.name || wanted == "auto") return target.name;
    runnable += (runnable.empty() ? "" : ", ") + target.name;
  }
  return Status(Code::kInvalidArgument, problem + "; it can run auto, " + runnable).with_id("cpu-target");
}

Opened open_cpu(const Opening& opening) {
  CpuDeviceOptions options;
  RAPPEL_ASSIGN(options.target, cpu_target(opening.settings.cpu_target));
  options.memory_limit = memory_limit(opening.settings);
  return make_cpu_device(opening.pool, options);
}

Opened open_metal(const Opening& opening) {
  // Without Metal, mps by name runs the device on MLX's CPU backend.
  return make_metal_device({.memory_bytes = memory_limit(opening.settings), .cpu_backend = true});
}

Opened open_cuda(const Opening& opening) {
  auto opened = make_cuda_device(opening.number, opening.settings.device_memory);
  if (opened.ok()) return opened;
  const Status& refused = opened.status();
  return Status(refused.code(),
                fmt::format("device '{}' cannot be used: {}. Set {} to auto or cpu, or DEVICE_FALLBACK=true",
                            opening.name, refused.message(), opening.variable),
                refused.cause())
      .with_id(refused.id().data());
}

Opened open_reference(const Opening&) { return make_reference_device(); }

bool cuda_present() {
  static const bool present = cuda_report().has_first();  // asks the driver, once
  return present;
}

// In the order of detection.
constexpr DeviceRow kDevices[] = {
    {.name = "mps", .open = open_metal, .automatic = true, .built = metal_built, .present = metal_present},
    {.name = "cuda",
     .open = open_cuda,
     .automatic = true,
     .numbered = true,
     .built = cuda_built,
     .present = cuda_present,
     .report = cuda_report},
    {.name = "cpu", .open = open_cpu, .automatic = true},
    {.name = "reference", .open = open_reference},
};

bool is_built(const DeviceRow& row) { return row.built == nullptr || row.built(); }

// "cuda" of "cuda:1".
std::string kind_of(const std::string& name) { return name.substr(0, name.find(':')); }

// Null: no device of this build.
const DeviceRow* row_of(const std::string& name) {
  const std::string kind = kind_of(name);
  const auto* const row = std::find_if(std::begin(kDevices), std::end(kDevices), [&](const DeviceRow& one) {
    return kind == one.name && is_built(one) && (one.numbered || kind == name);
  });
  return row == std::end(kDevices) ? nullptr : row;
}

Result<int> number_of(const std::string& name, const char* variable) {
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return 0;
  int number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + colon + 1, end, number);
  if (error != std::errc() || stop != end || number < 0)
    return Status(Code::kInvalidArgument, fmt::format("{}={}: expected {} or {}:N with a number N", variable,
                                                      name, kind_of(name), kind_of(name)))
        .with_id("setting");
  return number;
}

Status unknown_device(const std::string& name, const char* variable) {
  std::string names;
  for (const std::string& built : built_devices()) names += (names.empty() ? "" : ", ") + built;
  return Status(Code::kUnsupported,
                fmt::format("device '{}' is not in this build, which has: {}. Set {} to auto or cpu", name,
                            names, variable))
      .with_id("device-missing");
}

}  // namespace

const std::vector<std::string>& built_devices() {
  static const std::vector<std::string> devices = [] {
    std::vector<std::string> names;
    for (const DeviceRow& row : kDevices)
      if (row.automatic && is_built(row)) names.emplace_back(row.name);
    return names;
  }();
  return devices;
}

std::string best_device() {
  const auto* const row = std::find_if(std::begin(kDevices), std::end(kDevices), [](const DeviceRow& one) {
    return one.automatic && (one.present == nullptr || one.present());
  });
  return row->name;  // every machine has a CPU
}

Devices::Devices(DeviceSettings settings, ThreadPool& pool, Logger& logger)
    : settings_(std::move(settings)), pool_(pool), logger_(logger) {}

Result<Device*> Devices::find(const std::string& name, const char* variable, std::string* passed_over) {
  const std::lock_guard lock(mutex_);
  if (name != "auto") return open(name, variable);
  const std::string best = best_device();
  auto opened = open(best, variable);
  if (opened.ok() || best == "cpu") return opened;
  if (passed_over != nullptr)
    *passed_over = opened.status().to_string();
  else
    logger_.warn("{}; going on with the CPU", opened.status().to_string());
  return open("cpu", variable);
}

Result<Device*> Devices::open(const std::string& name, const char* variable) {
  const DeviceRow* row = row_of(name);
  if (row == nullptr) return unknown_device(name, variable);
  RAPPEL_ASSIGN(const int number, number_of(name, variable));
  const auto [entry, fresh] = opened_.try_emplace({row->name, number});
  if (!entry->second) {
    RAPPEL_ASSIGN(entry->second, row->open({settings_, pool_, name, number, variable}));
  }
  return entry->second.get();
}

std::vector<std::pair<std::string, std::string>> Devices::accelerators() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const DeviceRow& row : kDevices) {
    if (!row.automatic || !is_built(row) || std::string_view(row.name) == "cpu") continue;
    const auto opened = find(row.name, "EMBEDDING_DEVICE");
    list.emplace_back(row.name, opened.ok() ? (*opened)->info().description
                                            : fmt::format("{}: {}", row.name, opened.status().message()));
    if (row.report == nullptr) continue;
    const auto all = row.report().devices;
    for (std::size_t i = 1; i < all.size(); ++i) {
      const std::string name = fmt::format("{}:{}", row.name, i);
      list.emplace_back(
          name,
          name + ": " + (all[i].refused.empty() ? all[i].description : "cannot be used: " + all[i].refused));
    }
  }
  return list;
}

std::string Devices::description() {
  const auto opened = find("auto", "EMBEDDING_DEVICE");
  return opened.ok() ? (*opened)->info().description : "none";
}

Result<CpuReport> Devices::cpu_report() {
  RAPPEL_ASSIGN(Device * cpu, find("cpu", ""));
  RAPPEL_ASSIGN(std::string target, cpu_target(settings_.cpu_target));
  return CpuReport{.description = cpu->info().description,
                   .threads = cpu->info().lanes,
                   .target = std::move(target),
                   .targets = built_cpu_targets(),
                   .features = usable_cpu_features(),
                   .preferred = cpu->info().preferred,
                   .machine = read_cpu_info(),
                   .memory_limit = cpu->memory().limit};
}

}  // namespace rappel
