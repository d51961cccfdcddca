#include "base/os/load.h"

#ifdef __linux__
#include <sched.h>
#endif

namespace rappel {
namespace {

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
#endif
  return cpus;
}

}  // namespace

LoadSample load_now() { return read_load({}, allowed_cpus()); }

}  // namespace rappel
