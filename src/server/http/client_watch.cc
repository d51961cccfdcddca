#include "server/http/client_watch.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstddef>
#include <string_view>

namespace rappel {
namespace {

constexpr std::size_t kReadBytes = std::size_t{4} << 10;

}  // namespace

ClientWatch::Seen ClientWatch::look() {
  while (const std::size_t room = std::min(kReadBytes, buffer_.max_size() - buffer_.size())) {
    const auto space = buffer_.prepare(room);
    const auto got = ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
    if (got == 0) return Seen::kEnd;
    if (got < 0)
      return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Seen::kNothing : Seen::kFailure;
    buffer_.commit(static_cast<std::size_t>(got));
  }
  return failed() ? Seen::kFailure : Seen::kNothing;
}

bool ClientWatch::gone() {
  const Seen seen = look();
  if (seen != Seen::kEnd) return seen == Seen::kFailure;
  if (asked_ || !may_ask_) return failed();
  static constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
  asked_ = true;
  boost::system::error_code error;
  socket_.write_some(boost::asio::buffer(kInterim.data(), kInterim.size()),
                     error);  // nothing else is in its buffer
  return static_cast<bool>(error);
}

bool ClientWatch::gone_from_stream() { return look() != Seen::kNothing; }

// After the end of what the client sends, recv() no longer tells of errors.
bool ClientWatch::failed() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace rappel
