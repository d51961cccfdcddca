#include "base/os/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostErrors = 4096, kMostLine = std::size_t{1} << 20;
constexpr int kLookAfterMs = 50;  // poll interval for stop requests
constexpr int kLookAgainMs = 5;   // poll interval for the exit of a child that has closed its outputs
constexpr auto kGrace = std::chrono::seconds(2);

// Both ends of a pipe; neither is inherited by other children.
struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    close(0);
    close(1);
  }
  bool open() {
#ifdef __linux__  // at once, because another thread may start a program now
    return ::pipe2(ends, O_CLOEXEC) == 0;
#else
    if (::pipe(ends) != 0) return false;
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    return true;
#endif
  }
  void close(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

Status cannot_start(const std::string& program, int error) {
  return Status(error == ENOENT || error == ENOTDIR ? Code::kNotFound : Code::kUnavailable,
                "cannot start " + program + ": " + std::strerror(error));
}

class Child {
 public:
  Child(const ChildOutput& output, const ChildCommand& command)
      : output_(output), passed_(command.passed), left_(command.head), input_(command.input) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;

  Status start(const ChildCommand& command) {
    if (!in_.open() || !out_.open() || !err_.open()) return cannot_start(command.arguments[0], errno);
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
    std::vector<char*> arguments, environment;
    for (const std::string& argument : command.arguments)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in_.ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out_.ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err_.ends[1], 2);
    const int error =
        ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = -1;
      return cannot_start(command.arguments[0], error);
    }
    in_.close(0);
    out_.close(1);
    err_.close(1);
    ::fcntl(in_.ends[1], F_SETFL, O_NONBLOCK);
    return {};
  }

  Result<ChildEnd> listen(const std::function<void()>& waiting, const std::stop_token& stop) {
    std::optional<Clock::time_point> asked;
    int status = 0;
    const auto hearing = [this] { return out_.ends[0] >= 0 || err_.ends[0] >= 0; };
    while (hearing() || running(status)) {
      if (waiting) waiting();
      if (stop.stop_requested() && !asked) {
        ::kill(pid_, SIGTERM);
        asked = Clock::now();
      }
      // It ignores SIGTERM, or it has exited and one of its children holds the pipes open.
      if (asked && Clock::now() - *asked > kGrace) break;
      if (hearing())
        exchange();
      else
        ::poll(nullptr, 0, kLookAgainMs);
    }
    if (asked) return Status(Code::kCancelled, "stopped");
    return ChildEnd{WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), std::move(errors_)};
  }

 private:
  // Writes and reads as much as possible without blocking.
  void exchange() {
    if (left_.empty()) {
      left_ = std::exchange(input_, {});
      head_left_ = false;
    }
    if (left_.empty()) in_.close(1);
    std::array<pollfd, 3> ready{
        {{in_.ends[1], POLLOUT, 0}, {out_.ends[0], POLLIN, 0}, {err_.ends[0], POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), kLookAfterMs) <= 0) return;
    if (ready[0].revents != 0) {
      const ssize_t written = ::write(in_.ends[1], left_.data(), left_.size());
      if (written > 0) {
        const std::string_view part = left_.substr(0, static_cast<std::size_t>(written));
        left_.remove_prefix(part.size());
        if (passed_ && !head_left_) passed_(part);
      }
      if (written < 0 && errno != EAGAIN && errno != EINTR) left_ = input_ = {};  // it has closed its input
    }
    if (ready[1].revents != 0) take(out_, output_);
    if (ready[2].revents != 0)
      take(err_, [this](std::string_view part) {
        errors_.append(part);
        if (errors_.size() > kMostErrors) errors_.erase(0, errors_.size() - kMostErrors);
      });
  }

  template <class Take>
  static void take(Pipe& pipe, Take&& taken) {
    char buffer[1 << 16];
    const ssize_t count = ::read(pipe.ends[0], buffer, sizeof buffer);
    if (count > 0) taken(std::string_view(buffer, static_cast<std::size_t>(count)));
    if (count == 0 || (count < 0 && errno != EINTR)) pipe.close(0);
  }

  // False: the child has exited with `status`.
  bool running(int& status) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
    pid_ = -1;
    return false;
  }

  const ChildOutput& output_;
  const std::function<void(std::string_view)>& passed_;
  bool head_left_ = true;
  std::string_view left_, input_;  // to write now, and after that
  std::string errors_;
  Pipe in_, out_, err_;
  pid_t pid_ = -1;
};

class Lines {
 public:
  explicit Lines(const ChildOutput& line) : line_(line) {}

  void add(std::string_view part) {
    for (std::size_t end; (end = part.find('\n')) != std::string_view::npos; part.remove_prefix(end + 1)) {
      unfinished_.append(part.substr(0, end));
      line_(unfinished_);
      unfinished_.clear();
    }
    if (unfinished_.size() + part.size() > kMostLine) unfinished_.clear();
    unfinished_.append(part);
  }
  void finish() {
    if (!unfinished_.empty()) line_(unfinished_);
  }

 private:
  const ChildOutput& line_;
  std::string unfinished_;
};

}  // namespace

Result<ChildEnd> run_child(const ChildCommand& command, const ChildOutput& output,
                           const std::stop_token& stop) {
  Child child(output, command);
  RAPPEL_TRY(child.start(command));
  return child.listen(command.waiting, stop);
}

Result<ChildEnd> run_child_by_lines(const ChildCommand& command, const ChildOutput& line,
                                    const std::stop_token& stop) {
  Lines lines(line);
  auto end = run_child(
      command, [&](std::string_view part) { lines.add(part); }, stop);
  if (end.ok()) lines.finish();
  return end;
}

}  // namespace rappel
