#include "base/os/socket_pair.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace rappel {
namespace {

// Where the flags do not exist, a program that another thread starts at this moment may inherit the ends.
#ifdef SOCK_CLOEXEC
constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;
#else
constexpr int kType = SOCK_STREAM;
#endif
#ifdef MSG_CMSG_CLOEXEC
constexpr int kReceive = MSG_CMSG_CLOEXEC;
#else
constexpr int kReceive = 0;
#endif

void set_close_on_exec(int fd, bool is_set) {
  if (!is_set) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

#ifdef MSG_NOSIGNAL
constexpr int kSend = MSG_NOSIGNAL;
#else
constexpr int kSend = 0;
#endif

// One byte and room for one descriptor.
struct Envelope {
  char byte;
  iovec content{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr header = {};

  explicit Envelope(char kind, bool with_room) : byte(kind) {
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    if (!with_room) return;
    header.msg_control = room;
    header.msg_controllen = sizeof room;
  }
  Envelope(const Envelope&) = delete;
};

}  // namespace

Result<SocketPair> open_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, kType, 0, ends) != 0)
    return Status(Code::kUnavailable, std::string("cannot open a pair of sockets: ") + std::strerror(errno));
  for (const int end : ends) set_close_on_exec(end, kType != SOCK_STREAM);
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

bool send_message(int socket, char kind, int passed) {
  Envelope envelope(kind, passed >= 0);
  if (passed >= 0) {
    cmsghdr* part = CMSG_FIRSTHDR(&envelope.header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof passed);
    std::memcpy(CMSG_DATA(part), &passed, sizeof passed);
  }
  ssize_t count = 0;
  do {
    count = ::sendmsg(socket, &envelope.header, kSend);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

std::optional<SocketMessage> receive_message(int socket) {
  Envelope envelope(0, true);
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket, &envelope.header, kReceive);
  } while (count < 0 && errno == EINTR);
  if (count != 1) return std::nullopt;
  SocketMessage message{envelope.byte, Fd(-1)};
  const cmsghdr* part = CMSG_FIRSTHDR(&envelope.header);
  if (part != nullptr && part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof(int))) {
    int passed = -1;
    std::memcpy(&passed, CMSG_DATA(part), sizeof passed);
    message.passed = Fd(passed);
    set_close_on_exec(passed, kReceive != 0);
  }
  return message;
}

}  // namespace rappel
