// Runs the encoder tests on the CPU, with every instruction set in this build.
#include "engine/reference/reference_device.h"
#include "engine/test_encoder_devices.h"
#include "engine/test_targets.h"

namespace rappel {

std::vector<std::string> test_devices() { return float_targets(); }

std::vector<std::string> golden_devices() {
  std::vector<std::string> names = float_targets();
  names.insert(names.begin(), "reference");
  return names;
}

std::vector<std::pair<std::string, WeightKind>> test_device_kinds() {
  std::vector<std::pair<std::string, WeightKind>> list;
  for (const std::string& target : built_target_names())
    for (const WeightKind kind : {WeightKind::kHalf, WeightKind::kW8A16, WeightKind::kInt8})
      list.emplace_back(target, kind);
  return list;
}

std::string why_no_device(const std::string& name) { return why_not_here(name); }

std::unique_ptr<Device> make_test_device(ThreadPool& pool, const std::string& name) {
  return name == "reference" ? make_reference_device() : target_device(pool, name);
}

double least_bar(const std::string&) { return 0; }

std::size_t longest_test_text(const std::string&) { return 8192; }

bool is_slow_device(const std::string& name) {
  return name == "reference" || name == "portable" || name == "sse4";
}

}  // namespace rappel
