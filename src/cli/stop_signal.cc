#include "cli/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace rappel {
namespace {

// A handler can only reach globals; it may only use lock-free atomics and write().
std::atomic<bool> g_raised{false};
int g_pipe[2] = {-1, -1};

void notify() {
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(g_pipe[1], &byte, 1);
}

void on_signal(int) {
  const int saved = errno;
  g_raised = true;
  notify();
  errno = saved;
}

void install(int signal) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  RAPPEL_CHECK(::pipe(g_pipe) == 0, "a pipe for signals could not be made");
  for (const int end : g_pipe) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  ::fcntl(g_pipe[1], F_SETFL, O_NONBLOCK);
  g_raised = false;
  install(SIGINT);
  install(SIGTERM);
}

StopSignal::~StopSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  for (const int end : g_pipe) ::close(end);
}

bool StopSignal::raised() const { return g_raised; }

void StopSignal::wait() {
  // poll(), unlike read(), comes back from a signal also under SA_RESTART: the thread sanitizer runs handlers
  // only then.
  pollfd ready{g_pipe[0], POLLIN, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
}

void StopSignal::wake() { notify(); }

StopRequest::StopRequest()
    : watcher_([this] {
        signal_.wait();
        if (signal_.raised()) source_.request_stop();
      }) {}

StopRequest::~StopRequest() {
  signal_.wake();
  watcher_.join();
}

}  // namespace rappel
