#include "ingest/extract/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/os/socket_pair.h"
#include "ingest/content/read_request.h"

namespace rappel {
namespace {

constexpr int kLookAfterMs = 50;  // poll interval for stop requests
constexpr int kMostLosses = 3;

Status lost() { return Status(Code::kUnavailable, "the process that reads files is gone"); }

// The conversation with a child over its socket: everything is written, then everything is read. It may begin
// before the child does, which then does not wait for its request.
class Conversation {
 public:
  // `file` as in Zygote::read().
  Conversation(int socket, const ChildCommand& command, int file)
      : socket_(socket), passed_(command.passed), left_(command.head), input_(command.input) {
    // If the child is gone, the other writes fail too.
    if (file >= 0 && !left_.empty() && send_message(socket, left_.front(), file)) left_.remove_prefix(1);
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    write();
  }

  // False: the child has closed its end, or is gone with its zygote. `control` can be read when the child is
  // gone, and then what it wrote is there to its end.
  bool go_on(int control, const ChildOutput& output) {
    if (!writing_ended_) write();
    std::array<pollfd, 2> ready{
        {{socket_, static_cast<short>(writing_ended_ ? POLLIN : POLLIN | POLLOUT), 0}, {control, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), kLookAfterMs) <= 0) return true;
    if ((ready[0].revents & ~POLLOUT) != 0) return read(output);
    return ready[1].revents == 0;
  }

 private:
  void write() {
    while (!left_.empty() || !input_.empty()) {
      // Both at once: each write wakes the child.
      const iovec parts[] = {{const_cast<char*>(left_.data()), left_.size()},
                             {const_cast<char*>(input_.data()), input_.size()}};
      const ssize_t count = ::writev(socket_, parts, 2);
      if (count > 0) {
        pass(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        break;  // the child reads no more
      }
    }
    ::shutdown(socket_, SHUT_WR);
    writing_ended_ = true;
  }
  void pass(std::size_t count) {
    const std::size_t of_head = std::min(count, left_.size());
    left_.remove_prefix(of_head);
    const std::string_view part = input_.substr(0, count - of_head);
    input_.remove_prefix(part.size());
    if (passed_ && !part.empty()) passed_(part);
  }
  bool read(const ChildOutput& output) {
    char buffer[1 << 16];
    const ssize_t count = ::read(socket_, buffer, sizeof buffer);
    if (count > 0) output(std::string_view(buffer, static_cast<std::size_t>(count)));
    return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
  }

  const int socket_;
  const std::function<void(std::string_view)>& passed_;
  std::string_view left_, input_;  // to write: of the head, and after that
  bool writing_ended_ = false;
};

// 0 or the errno.
int spawn(const std::string& program, const ZygoteKind& kind, int control, pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, control, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::vector<std::string> arguments = {program, "--zygote"};
  arguments.insert(arguments.end(), kind.begin(), kind.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string now = "LD_BIND_NOW=1";  // all functions of libraries are found once for all children
  char* const environment[] = {now.data(), nullptr};
  const int error = ::posix_spawnp(&process, program.c_str(), &actions, nullptr, argv.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::start(const std::string& program, const ZygoteKind& kind) {
  RAPPEL_ASSIGN(SocketPair control, open_socket_pair());
  pid_t process = -1;
  int error = ENOENT;
  if (kind.front() == kOfficeZygote) error = spawn(program + "-office", kind, control.theirs.get(), process);
  if (error == ENOENT) error = spawn(program, kind, control.theirs.get(), process);
  if (error != 0)
    return Status(error == ENOENT || error == ENOTDIR ? Code::kNotFound : Code::kUnavailable,
                  "cannot start " + program + ": " + std::strerror(error));
  return std::unique_ptr<Zygote>(new Zygote(process, std::move(control.ours)));
}

Zygote::~Zygote() {
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<ChildEnd> Zygote::read(const ChildCommand& command, const ChildOutput& output,
                              const std::stop_token& stop, int file) {
  RAPPEL_ASSIGN(SocketPair child, open_socket_pair());
  Conversation conversation(child.ours.get(), command, file);
  if (!send_message(control_.get(), kZygoteFile, child.theirs.get())) return lost();
  child.theirs = Fd(-1);
  pollfd control{control_.get(), POLLIN, 0};
  bool open = true;
  while (open || ::poll(&control, 1, kLookAfterMs) <= 0) {
    if (command.waiting) command.waiting();
    if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
    if (open) open = conversation.go_on(control_.get(), output);
  }
  const auto end = receive_message(control_.get());
  if (!end) return lost();
  return ChildEnd{static_cast<unsigned char>(end->kind), {}};
}

std::unique_ptr<Zygote> ZygotePool::take(const std::string& program, const ZygoteKind& kind) {
  {
    const std::lock_guard lock(mutex_);
    State& state = kinds_[kind];
    if (state.losses >= kMostLosses) return nullptr;
    if (!state.idle.empty()) {
      auto zygote = std::move(state.idle.back());
      state.idle.pop_back();
      return zygote;
    }
  }
  auto started = Zygote::start(program, kind);
  return started.ok() ? std::move(*started) : nullptr;
}

void ZygotePool::give_back(const ZygoteKind& kind, std::unique_ptr<Zygote> zygote) {
  const std::lock_guard lock(mutex_);
  kinds_[kind].losses = 0;
  kinds_[kind].idle.push_back(std::move(zygote));
}

void ZygotePool::note_loss(const ZygoteKind& kind) {
  const std::lock_guard lock(mutex_);
  ++kinds_[kind].losses;
}

}  // namespace rappel
