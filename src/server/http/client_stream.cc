#include "server/http/client_stream.h"

#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <cerrno>

namespace rappel {

namespace asio = boost::asio;

std::size_t ClientStream::read_now(asio::mutable_buffer into, error_code& error) {
  error = {};
  if (tls_ != nullptr) {
    const TlsSession::Step step = tls_->read(into);
    error = step.wants == TlsSession::Wants::kNothing ? step.error : asio::error::would_block;
    return step.bytes;
  }
  const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got == 0)
    error = asio::error::eof;
  else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    error = asio::error::would_block;
  else
    error = error_code(errno, boost::system::system_category());
  return 0;
}

void ClientStream::write_now(asio::const_buffer from, error_code& error) {
  error = {};
  if (tls_ == nullptr) {
    socket_.write_some(asio::buffer(from), error);
    return;
  }
  const TlsSession::Step step = tls_->write(from);
  error = step.wants == TlsSession::Wants::kNothing ? step.error : asio::error::would_block;
}

}  // namespace rappel
