#include "server/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <new>

namespace rappel {

namespace asio = boost::asio;
using boost::system::error_code;

// The socket as OpenSSL sees it. OpenSSL's own adapter would raise SIGPIPE.
struct TlsSession::Transport {
  Socket& socket;
  error_code error = {};
  bool ended = false;

  static Transport& of(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* data, int size);
  static int write(BIO* bio, const char* data, int size);
  static long control(BIO* bio, int command, long, void*);
  static const BIO_METHOD* methods();
};

int TlsSession::Transport::read(BIO* bio, char* data, int size) {
  Transport& self = of(bio);
  BIO_clear_retry_flags(bio);
  error_code error;
  const std::size_t count = self.socket.read_some(asio::buffer(data, static_cast<std::size_t>(size)), error);
  if (!error) return static_cast<int>(count);
  if (error == asio::error::would_block || error == asio::error::try_again) {
    BIO_set_retry_read(bio);
    return -1;
  }
  self.ended = error == asio::error::eof;
  self.error = error;
  return self.ended ? 0 : -1;
}

int TlsSession::Transport::write(BIO* bio, const char* data, int size) {
  Transport& self = of(bio);
  BIO_clear_retry_flags(bio);
  error_code error;
  const std::size_t count = self.socket.write_some(asio::buffer(data, static_cast<std::size_t>(size)), error);
  if (!error) return static_cast<int>(count);
  if (error == asio::error::would_block || error == asio::error::try_again)
    BIO_set_retry_write(bio);
  else
    self.error = error;
  return -1;
}

long TlsSession::Transport::control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return of(bio).ended ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* TlsSession::Transport::methods() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, read);
    BIO_meth_set_write(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }();
  return made;
}

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::TlsSession(const TlsContext& context, Socket& socket)
    : transport_(new Transport{socket}), ssl_(SSL_new(context.native())) {
  BIO* const bio = BIO_new(Transport::methods());
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, transport_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it
  SSL_set_accept_state(ssl_.get());
  error_code ignored;  // of a socket that is gone: the first step shows it
  socket.non_blocking(true, ignored);
}

TlsSession::~TlsSession() = default;

TlsSession::Step TlsSession::step_of(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE: return {Wants::kNothing, {}, static_cast<std::size_t>(std::max(result, 0))};
    case SSL_ERROR_WANT_READ: return {Wants::kToRead};
    case SSL_ERROR_WANT_WRITE: return {Wants::kToWrite};
    case SSL_ERROR_ZERO_RETURN: return {Wants::kNothing, asio::error::eof};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      return {Wants::kNothing, transport_->error ? transport_->error : error_code(asio::error::eof)};
    default: break;
  }
  broken_ = true;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  failure_ = reason == nullptr ? "" : reason;
  return {Wants::kNothing, make_error_code(boost::system::errc::protocol_error)};
}

// OpenSSL's queue of errors belongs to the thread, so it is empty before each step.
TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  return step_of(SSL_do_handshake(ssl_.get()));
}

TlsSession::Step TlsSession::read(asio::mutable_buffer into) {
  if (into.size() == 0) return {};
  ERR_clear_error();
  const std::size_t most = std::min<std::size_t>(into.size(), 1 << 30);
  return step_of(SSL_read(ssl_.get(), into.data(), static_cast<int>(most)));
}

TlsSession::Step TlsSession::write(asio::const_buffer from) {
  if (from.size() == 0) return {};
  ERR_clear_error();
  const std::size_t most = std::min<std::size_t>(from.size(), 1 << 30);
  return step_of(SSL_write(ssl_.get(), from.data(), static_cast<int>(most)));
}

void TlsSession::finish() {
  if (broken_ || SSL_in_init(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace rappel
