#include <chrono>
#include <thread>

#include "base/os/cpu.h"
#include "doctor/collect.h"

namespace rappel {
namespace {

constexpr std::chrono::milliseconds kLook{500};

}  // namespace

void look_at_load(Evidence& evidence) {
  const int server = evidence.server.process ? evidence.server.process->pid : 0;
  const LoadSample before = load_now();
  auto times_before = process_times();
  std::this_thread::sleep_for(kLook);
  LoadSample after = load_now();
  auto times_after = process_times();
  // The server's own work does not count as other load.
  if (const auto now = times_after.find(server); now != times_after.end())
    if (const auto then = times_before.find(server); then != times_before.end())
      after.own += now->second.cpu - then->second.cpu;
  times_after.erase(server);
  const int threads = evidence.threads > 0 ? evidence.threads : read_cpu_info().usable_threads();
  LoadReport report = describe_load(before, after, threads);
  evidence.load = {report.busy, std::move(report.evidence), {}};
  if (evidence.load.busy) evidence.load.users = top_users(times_before, times_after, after.at - before.at);
  evidence.looked_at.emplace_back("load", evidence.load.words);
}

}  // namespace rappel
