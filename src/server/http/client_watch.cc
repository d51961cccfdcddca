#include "server/http/client_watch.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <string_view>

namespace rappel {
namespace {

constexpr std::size_t kReadBytes = std::size_t{4} << 10;

}  // namespace

ClientWatch::Seen ClientWatch::look() {
  while (const std::size_t room = std::min(kReadBytes, buffer_.max_size() - buffer_.size())) {
    const auto space = buffer_.prepare(room);
    boost::system::error_code error;
    buffer_.commit(stream_.read_now(space, error));
    if (error == boost::asio::error::eof) return Seen::kEnd;
    if (error == boost::asio::error::would_block) return Seen::kNothing;
    if (error) return Seen::kFailure;
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
  stream_.write_now(boost::asio::buffer(kInterim.data(), kInterim.size()), error);
  return static_cast<bool>(error);
}

bool ClientWatch::gone_from_stream() { return look() != Seen::kNothing; }

// After the end of what the client sends, recv() no longer tells of errors.
bool ClientWatch::failed() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(stream_.socket().native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
         error != 0;
}

}  // namespace rappel
