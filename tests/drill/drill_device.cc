// The device of rappel_drill: a CPU device that fails on request. The program links it instead of the Metal
// device, so its name is `mps`; everything else is the code of rappel.
//
// RAPPEL_DRILL names a file with the current fault. A test may rewrite it while the program runs. Nothing
// fails if the file is absent or empty. Counters restart when the content changes.
//   memory N   every N-th request of a thread (an engine has one) fails for lack of memory: allocations, and
//              passes, which need scratch memory
//   room N     a pass of more than N tokens fails for lack of memory
//   lost N     the N-th pass fails after its work, and so does every later request to the device
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"
#include "engine/metal/metal_device.h"
#include "engine/test_faulty_device.h"

namespace rappel {
namespace {

class Faults {
 public:
  explicit Faults(const char* file) : file_(file == nullptr ? "" : file) {}

  Status allocation() {
    const std::lock_guard lock(mutex_);
    read();
    if (lost_) return FaultyDevice::lost();
    return out_of_memory() ? FaultyDevice::no_memory() : Status();
  }

  Status pass(const PackedTokens& batch) {
    const std::lock_guard lock(mutex_);
    read();
    lost_ = lost_ || (kind_ == "lost" && ++passes_ >= number_);
    if (lost_) return FaultyDevice::lost();
    const bool too_long = kind_ == "room" && batch.tokens() > number_;
    return too_long || out_of_memory() ? FaultyDevice::no_memory() : Status();
  }

 private:
  void read() {
    std::ifstream in(file_);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text == text_) return;
    text_ = std::move(text);
    kind_.clear();
    std::istringstream(text_) >> kind_ >> number_;
    passes_ = 0;
    asked_.clear();
  }
  bool out_of_memory() { return kind_ == "memory" && ++asked_[std::this_thread::get_id()] % number_ == 0; }

  const std::string file_;
  std::mutex mutex_;
  std::string text_, kind_;
  std::size_t number_ = 1, passes_ = 0;
  std::map<std::thread::id, std::size_t> asked_;
  bool lost_ = false;
};

}  // namespace

bool metal_built() { return true; }
bool metal_present() { return false; }  // so that `auto` selects another device

Result<std::unique_ptr<Device>> make_metal_device(const MetalDeviceOptions& options) {
  static ThreadPool pool(2);
  static const std::unique_ptr<Device> cpu = make_cpu_device(pool, {.memory_limit = options.memory_bytes});
  static Faults faults(std::getenv("RAPPEL_DRILL"));
  auto device = std::make_unique<FaultyDevice>(*cpu);
  device->on_allocate = [] { return faults.allocation(); };
  device->on_run = [](const PackedTokens& batch) { return faults.pass(batch); };
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace rappel
