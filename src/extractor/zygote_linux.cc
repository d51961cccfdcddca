#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/os/fd.h"
#include "base/os/socket_pair.h"
#include "extractor/zygote.h"
#include "ingest/content/read_request.h"

namespace rappel::extractor {
namespace {

// fork() would also prepare the child for threads, and other code of the C library for it; nothing here needs
// that.
pid_t fork_alone() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
  return ::_Fork();
#else
  return ::fork();
#endif
}

constexpr int kControl = STDIN_FILENO;

// Only the socket of its file stays open, and the standard error, which is nowhere.
[[noreturn]] void run_child(pid_t zygote, int socket, const std::function<int()>& read) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != zygote) ::_exit(1);  // it died before the signal was set
  ::dup2(socket, STDIN_FILENO);
  ::dup2(socket, STDOUT_FILENO);
  ::close(socket);
  ::_exit(read());
}

// Nothing: the one that asked is gone, or the child cannot be waited for.
std::optional<int> status_of(pid_t child) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (process.get() < 0) return std::nullopt;
  // Nothing is asked while a child runs, so that the control becomes ready when it is closed only.
  std::array<pollfd, 2> ready{{{process.get(), POLLIN, 0}, {kControl, POLLIN, 0}}};
  while (::poll(ready.data(), ready.size(), -1) < 0)
    if (errno != EINTR) return std::nullopt;
  if (ready[0].revents == 0) return std::nullopt;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int serve_as_zygote(const std::function<int()>& read) {
  ::setpgid(0, 0);  // a signal to rappel's group is rappel's to answer
  const pid_t zygote = ::getpid();
  while (auto asked = receive_message(kControl)) {
    if (asked->kind != kZygoteFile || asked->passed.get() < 0) return 1;
    const pid_t child = fork_alone();
    if (child < 0) return 1;
    if (child == 0) run_child(zygote, asked->passed.get(), read);
    asked->passed = Fd(-1);
    const auto status = status_of(child);
    if (!status || !send_message(kControl, static_cast<char>(*status))) return 1;
  }
  return 0;
}

}  // namespace rappel::extractor
