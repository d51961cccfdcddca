#include "server/http/client_watch.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <string_view>

namespace rappel {

bool ClientWatch::gone() {
  char byte;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return false;
  if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  if (asked_ || !may_ask_) return failed();
  static constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
  asked_ = true;
  boost::system::error_code error;
  socket_.write_some(boost::asio::buffer(kInterim.data(), kInterim.size()),
                     error);  // nothing else is in its buffer
  return static_cast<bool>(error);
}

bool ClientWatch::gone_from_stream() const {
  char byte;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// After the end of what the client sends, recv() no longer tells of errors.
bool ClientWatch::failed() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace rappel
