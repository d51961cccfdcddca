// The load of rappel_fixed_load: the machine is as busy as RAPPEL_TEST_LOAD says, "busy" or (otherwise)
// quiet. The rest of that program is rappel's own, so that what it measures and recommends can be tested on a
// machine where other tests run.
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "base/os/cpu.h"
#include "base/os/load.h"

namespace rappel {

LoadSample load_now() {
  constexpr double kBusy = 0.9;  // of each CPU
  const char* load = std::getenv("RAPPEL_TEST_LOAD");
  LoadSample sample;
  sample.at = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  sample.own = process_cpu_seconds();
  sample.cpus = read_cpu_info().allowed;
  sample.all = sample.own;
  if (load != nullptr && std::string_view(load) == "busy") *sample.all += kBusy * sample.cpus * sample.at;
  return sample;
}

}  // namespace rappel
