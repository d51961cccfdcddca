// The beginning of a Connection over TLS.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/http/connection.h"

namespace rappel {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr unsigned char kHandshakeRecord = 22;  // RFC 8446, 5.1

}  // namespace

// The handshake has as long as the header of a request.
asio::awaitable<bool> Connection::begin_tls(const TlsContext& tls) {
  idle_ = true;  // a stop need not wait for this
  arm(context_.options.header_timeout);
  error_code error;
  co_await socket().async_wait(asio::ip::tcp::socket::wait_read,
                               asio::redirect_error(asio::use_awaitable, error));
  unsigned char first = 0;
  if (!error) socket().receive(asio::buffer(&first, 1), asio::socket_base::message_peek, error);
  if (!error && first != kHandshakeRecord) {
    ++context_.failed_handshakes;
    const Refusal refusal{Refusal::Reason::kBadRequest,
                          "This port speaks HTTPS: use https:// in the address"};
    co_await turn_away(refusal);
    co_return false;
  }
  const bool silent = static_cast<bool>(error);
  if (!error) {
    stream_.begin_tls(tls);
    co_await stream_.async_handshake(asio::redirect_error(asio::use_awaitable, error));
  }
  idle_ = false;
  disarm();
  if (!error) co_return true;
  if (context_.stopping || closed_) co_return false;
  ++context_.failed_handshakes;
  log_handshake(silent);
  co_return false;
}

// A client that leaves without a byte is not worth a line: load balancers look so whether somebody listens.
void Connection::log_handshake(bool silent) const {
  if (silent && !timed_out_) return;
  std::string reason = stream_.tls_failure();
  if (reason.empty()) reason = timed_out_ ? "the client was too slow" : "the client left";
  context_.refusals.add_handshake(peer_.name, reason, std::chrono::steady_clock::now());
}

}  // namespace rappel
