#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "extractor/call_filter.h"
#include "extractor/sandbox.h"
#include "extractor/sanitized.h"

namespace rappel::extractor {
namespace {

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

// The rights of the first version of Landlock, then those that later ones know. Older headers do not have the
// members after the first.
struct Rights {
  std::uint64_t files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  std::uint64_t network = 3;  // from version 4: bind and connect
  std::uint64_t scopes = 3;   // from version 6: abstract sockets of, and signals to, processes outside
};

// The program that started this one may have left some open.
void close_descriptors() {
  constexpr unsigned kFirst = STDERR_FILENO + 1;
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, kFirst, ~0U, 0) == 0) return;
#endif
  const long most = std::min(::sysconf(_SC_OPEN_MAX), 1L << 16);  // kernels before 5.9
  for (int fd = kFirst; fd < most; ++fd) ::close(fd);
}

// When memory is short, the kernel ends a reader and not the server.
void offer_to_be_killed() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  constexpr std::string_view kFirst = "1000";
  [[maybe_unused]] const auto written = ::write(fd, kFirst.data(), kFirst.size());  // else as before
  ::close(fd);
}

bool restrict_files() {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  Rights rights;
  if (version >= 2) rights.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
  const std::size_t members = version >= 6 ? 3 : version >= 4 ? 2 : 1;
  const int rules =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rights, members * sizeof(std::uint64_t), 0));
  if (rules < 0) return false;
  const bool restricted = ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  const int error = errno;
  ::close(rules);
  errno = error;
  return restricted;
}

bool restrict_calls(std::vector<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

void Sandbox::close_kernel_files() {
  close_descriptors();
  offer_to_be_killed();
  ::prctl(PR_SET_DUMPABLE, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return note("no new privileges", false);
  note("Landlock", restrict_files());
  if (kSanitized)
    missing_.emplace_back("seccomp: this program is built with a sanitizer");
  else if (!has_call_filter())
    missing_.emplace_back("seccomp: there is no list of calls for this processor");
  else
    note("seccomp", restrict_calls(call_filter()));
}

bool Sandbox::close_kernel_calls() {
  const bool filtered = std::find(layers_.begin(), layers_.end(), "seccomp") != layers_.end();
  return !filtered || restrict_calls(reader_filter(::getpid()));
}

}  // namespace rappel::extractor
