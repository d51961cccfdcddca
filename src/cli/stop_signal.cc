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

// A handler can only reach globals; it may only use lock-free atomics, alarm() and write().
std::atomic<bool> g_raised{false};
std::atomic<bool> g_reload{false};
std::atomic<unsigned> g_limit_s{0};
std::atomic<int> g_write_end{-1};  // of the pipe that wakes StopSignal::wait(); -1: there is none
int g_read_end = -1;

void notify() {
  const char byte = 1;
  if (const int end = g_write_end; end >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(end, &byte, 1);
  }
}

void on_stop(int) {
  const int saved = errno;
  g_raised = true;
  if (const unsigned limit_s = g_limit_s; limit_s > 0) ::alarm(limit_s);
  notify();
  errno = saved;
}

void on_hangup(int) {
  const int saved = errno;
  g_reload = true;
  notify();
  errno = saved;
}

void install(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags | SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal(unsigned limit_s) {
  int ends[2];
  RAPPEL_CHECK(::pipe(ends) == 0, "a pipe for signals could not be made");
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  g_raised = false;
  g_limit_s = limit_s;
  if (limit_s > 0) std::signal(SIGALRM, SIG_DFL);  // a parent may have it ignored
  g_read_end = ends[0];
  g_write_end = ends[1];
  install(SIGINT, on_stop, SA_RESETHAND);
  install(SIGTERM, on_stop, SA_RESETHAND);
}

StopSignal::~StopSignal() {
  if (g_limit_s.exchange(0) > 0) ::alarm(0);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  ::close(g_write_end.exchange(-1));
  ::close(g_read_end);
}

bool StopSignal::raised() const { return g_raised; }

void StopSignal::wait() {
  if (g_raised) return;
  // poll(), unlike read(), returns after a signal also under SA_RESTART: the thread sanitizer runs handlers
  // only then.
  pollfd ready{g_read_end, POLLIN, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
  char bytes[16];
  [[maybe_unused]] const ssize_t drained = ::read(g_read_end, bytes, sizeof bytes);
}

void StopSignal::wake() { notify(); }

ReloadSignal::ReloadSignal() {
  g_reload = false;
  install(SIGHUP, on_hangup, 0);
}

ReloadSignal::~ReloadSignal() { std::signal(SIGHUP, SIG_DFL); }

bool ReloadSignal::take() { return g_reload.exchange(false); }

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
