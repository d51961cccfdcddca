// TlsSession: the TLS side of one accepted connection. It reads and writes the socket without waiting, and
// says for what its caller has to wait: ClientStream makes asynchronous operations of the steps.
//
// Not thread-safe: one step at a time, like the socket's own operations.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "server/http/tls_context.h"

struct ssl_st;

namespace rappel {

class TlsSession {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // The socket stays the caller's, outlives the session, and becomes non-blocking.
  TlsSession(const TlsContext& context, Socket& socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class Wants { kNothing, kToRead, kToWrite };
  struct Step {
    Wants wants = Wants::kNothing;  // else: wait for that, then take the step again with the same bytes
    boost::system::error_code error = {};
    std::size_t bytes = 0;
  };
  Step shake_hands();
  // asio::error::eof: the client sends nothing more.
  Step read(boost::asio::mutable_buffer into);
  // At most one record, 16 KB. Bytes count that are on their way; none count while the step wants something.
  Step write(boost::asio::const_buffer from);
  // Says that all has been sent. Does not wait; a client that reads nothing does not get it.
  void finish();

  // Why the last step failed, in OpenSSL's words; may be empty.
  const std::string& failure() const { return failure_; }

 private:
  struct Transport;
  struct Free {
    void operator()(ssl_st* session) const;
  };
  Step step_of(int result);

  std::unique_ptr<Transport> transport_;
  std::unique_ptr<ssl_st, Free> ssl_;  // uses the transport
  std::string failure_;
  bool broken_ = false;  // OpenSSL must not be called any more
};

}  // namespace rappel
