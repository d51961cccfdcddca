#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "extractor/call_filter.h"
#include "extractor/kernel/descriptors.h"
#include "extractor/kernel/landlock.h"
#include "extractor/sandbox.h"
#include "extractor/sanitized.h"

namespace rappel::extractor {
namespace {

// When memory is short, the kernel ends a reader and not the server.
void offer_to_be_killed() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  constexpr std::string_view kFirst = "1000";
  [[maybe_unused]] const auto written = ::write(fd, kFirst.data(), kFirst.size());  // else as before
  ::close(fd);
}

}  // namespace

void Sandbox::close_kernel_files() {
  close_others(STDERR_FILENO);
  offer_to_be_killed();
  ::prctl(PR_SET_DUMPABLE, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return note("no new privileges", false);
  note("Landlock", Landlock::exists() && Landlock().close());
  if (kSanitized)
    missing_.emplace_back("seccomp: this program is built with a sanitizer");
  else if (!has_call_filter())
    missing_.emplace_back("seccomp: there is no list of calls for this processor");
  else
    note("seccomp", close_calls(call_filter()));
}

bool Sandbox::close_kernel_calls() {
  const bool filtered = std::find(layers_.begin(), layers_.end(), "seccomp") != layers_.end();
  return !filtered || close_calls(reader_filter(::getpid()));
}

}  // namespace rappel::extractor
