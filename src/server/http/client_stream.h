// ClientStream: the bytes of a client's connection, over plain TCP or over TLS. It is an AsyncReadStream and
// AsyncWriteStream of Boost.Asio, so that a Connection reads and writes both alike. Plain TCP costs a branch.
//
// One operation at a time, on the executor of the socket. socket().cancel() ends it with operation_aborted.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/http/tls_session.h"

namespace rappel {

class ClientStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using error_code = boost::system::error_code;

  explicit ClientStream(Socket socket) : socket_(std::move(socket)) {}
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }
  bool encrypted() const { return tls_ != nullptr; }

  // From now on everything is TLS; async_handshake() comes first.
  void begin_tls(const TlsContext& context) { tls_ = std::make_unique<TlsSession>(context, socket_); }
  template <class Token>
  auto async_handshake(Token&& token) {
    return take_steps([this] { return tls_->shake_hands(); }, std::forward<Token>(token));
  }
  std::string tls_failure() const { return tls_ ? tls_->failure() : std::string(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_ == nullptr)
            socket_.async_read_some(into, std::move(handler));
          else
            take_steps([this, into] { return tls_->read(first_of<boost::asio::mutable_buffer>(into)); },
                       std::move(handler));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_ == nullptr)
            socket_.async_write_some(from, std::move(handler));
          else
            take_steps([this, from] { return write_record(from); }, std::move(handler));
        },
        token, buffers);
  }

  // Without waiting: would_block when there is nothing, eof at the end.
  std::size_t read_now(boost::asio::mutable_buffer into, error_code& error);
  // Into a send buffer that is empty.
  void write_now(boost::asio::const_buffer from, error_code& error);
  // Over TLS: says that all has been sent. Waits for nothing.
  void finish() {
    if (tls_ != nullptr) tls_->finish();
  }

 private:
  // Takes a step of the session until it wants nothing; waits for the socket in between.
  template <class Take>
  struct Steps {
    ClientStream& stream;
    Take take;
    std::optional<TlsSession::Step> done = {};
    bool resumed = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (done) return self.complete(done->error, done->bytes);
      if (error) return self.complete(error, 0);
      const TlsSession::Step step = take();
      if (step.wants != TlsSession::Wants::kNothing) {
        resumed = true;
        const auto kind = step.wants == TlsSession::Wants::kToRead ? Socket::wait_read : Socket::wait_write;
        stream.socket_.async_wait(kind, std::move(self));
        return;
      }
      if (resumed) return self.complete(step.error, step.bytes);
      done = step;  // not from within the call that begins the operation
      boost::asio::post(stream.get_executor(), std::move(self));
    }
  };
  template <class Take, class Token>
  auto take_steps(Take take, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(
        Steps<Take>{*this, std::move(take)}, token, socket_);
  }

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    auto at = boost::asio::buffer_sequence_begin(buffers);
    const auto end = boost::asio::buffer_sequence_end(buffers);
    while (at != end && Buffer(*at).size() == 0) ++at;
    return at == end ? Buffer() : Buffer(*at);
  }
  // Several buffers (a head and a body) go into one record.
  template <class Buffers>
  TlsSession::Step write_record(const Buffers& buffers) {
    const auto first = first_of<boost::asio::const_buffer>(buffers);
    const std::size_t size = boost::asio::buffer_size(buffers);
    if (first.size() == size || first.size() >= kRecord) return tls_->write(first);
    thread_local std::array<char, kRecord> record;  // a step that is taken again fills it with the same bytes
    return tls_->write(
        boost::asio::buffer(record.data(), boost::asio::buffer_copy(boost::asio::buffer(record), buffers)));
  }

  static constexpr std::size_t kRecord = std::size_t{16} << 10;
  Socket socket_;
  std::unique_ptr<TlsSession> tls_;  // uses the socket; null: plain
};

}  // namespace rappel
