// Devices: the one place that names every device. A table in devices.cc has a row for each; a device is
// opened when it is first asked for, and once. Any thread may call any method.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/os/cpu.h"
#include "base/status.h"
#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"
#include "engine/device.h"

namespace rappel {

struct DeviceSettings {
  std::string cpu_target = "auto";  // instruction set by name; auto = the fastest that runs here
  MemoryLimit device_memory;        // of each device
};

// The processor as the CPU device uses it.
struct CpuReport {
  std::string description;  // "cpu: Intel(R) Xeon(R) Processor, AMX, 2 threads"
  int threads;
  std::string target;  // the one in force
  std::vector<CpuTargetInfo> targets;
  std::vector<std::string> features;
  WeightKind preferred;  // the precision that auto stands for
  CpuInfo machine;
  std::uint64_t memory_limit;  // DeviceSettings::device_memory, in bytes; 0 = none
};

// The devices of one process. They must not outlive it; the pool and the logger must.
class Devices {
 public:
  Devices(DeviceSettings settings, ThreadPool& pool, Logger& logger);

  // `name`: auto, cpu, reference, mps, cuda or cuda:N, as `variable` says, which messages name. If auto has
  // to pass over the best device, `passed_over` gets the reason; if that is null, it is logged.
  Result<Device*> find(const std::string& name, const char* variable, std::string* passed_over = nullptr);

  // "cpu: Intel(R) Xeon(R) Processor, AVX-512, 2 threads": the device that auto stands for.
  std::string description();
  // Name and description of each built device except the CPU, or why this machine cannot use it.
  std::vector<std::pair<std::string, std::string>> accelerators();
  // kInvalidArgument for a target that this build does not know or this machine cannot run; the message lists
  // those that it can.
  Result<CpuReport> cpu_report();

 private:
  // Under the mutex.
  Result<Device*> open(const std::string& name, const char* variable);

  const DeviceSettings settings_;
  ThreadPool& pool_;
  Logger& logger_;
  std::mutex mutex_;                                                       // of the map, whose entries stay
  std::map<std::pair<std::string, int>, std::unique_ptr<Device>> opened_;  // by name and number
};

// The devices that this build knows, in the order of detection: "mps" and "cuda" where they are built in,
// "cpu".
const std::vector<std::string>& built_devices();
// The device that auto stands for: the first of them that this machine has.
std::string best_device();

}  // namespace rappel
