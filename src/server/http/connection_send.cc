// The sending half of a Connection: whole responses, responses in pieces, streams.
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

#include "base/check.h"
#include "server/http/beast_message.h"
#include "server/http/body_pipe.h"
#include "server/http/client_watch.h"
#include "server/http/connection.h"
#include "server/http/counted.h"

namespace rappel {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

asio::awaitable<bool> Connection::send(const RequestHead& head, Response from, unsigned version,
                                       bool keep_alive) {
  context_.router.finish(head, from);
  http::response<http::string_body> response = response_head(from, version, keep_alive);
  if (from.status != 304) {
    response.set("content-length", std::to_string(from.body.size()));
    if (!from.content_type.empty()) response.set("content-type", from.content_type);
  }
  if (head.method != Method::kHead && from.status != 304) response.body() = std::move(from.body);
  body_sent_ = response.body().size();
  arm(context_.options.write_timeout);
  error_code error;
  co_await http::async_write(stream_, response, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

// The head of a response whose length is not known: HTTP/1.1 clients get chunks, others read until the end of
// the connection.
asio::awaitable<bool> Connection::send_head(const RequestHead& head, Response& from, unsigned version,
                                            bool keep_alive) {
  context_.router.finish(head, from);
  const bool chunked = version >= 11;
  http::response<http::string_body> response = response_head(from, version, keep_alive && chunked);
  if (!from.content_type.empty()) response.set("content-type", from.content_type);
  if (chunked) response.set("transfer-encoding", "chunked");
  http::response_serializer<http::string_body> serializer(response);
  error_code error;
  co_await http::async_write_header(stream_, serializer, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<bool> Connection::send_in_pieces(const RequestHead& head, Response from, unsigned version,
                                                 bool keep_alive) {
  arm(context_.options.write_timeout);  // for all of it
  const bool chunked = version >= 11;
  bool sent = co_await send_head(head, from, version, keep_alive);
  std::string piece;
  while (sent && head.method != Method::kHead && from.next_piece(piece)) {
    sent = co_await send_piece(piece, chunked);
    piece.clear();
  }
  if (sent && head.method != Method::kHead && chunked) sent = co_await send_piece("", chunked);
  client_gone_ = !sent && !closed_;
  co_return sent;
}

asio::awaitable<bool> Connection::send_stream(const RequestHead& head, Response from, unsigned version,
                                              bool keep_alive) {
  const std::shared_ptr<Call> call = call_;
  RAPPEL_CHECK(call != nullptr && call->pipe != nullptr, "responses stream from workers alone");
  arm(context_.options.write_timeout);
  bool sent = co_await send_head(head, from, version, keep_alive);
  disarm();
  if (sent && head.method != Method::kHead) sent = co_await send_from_pipe(*call, version >= 11);
  co_return sent;
}

// Until the body is whole. False when it will not be: its writer failed, the client left or stopped reading,
// the deadline passed, or the server stops.
asio::awaitable<bool> Connection::send_from_pipe(Call& call, bool chunked) {
  ClientWatch client(stream_, buffer_, false);
  const auto arm_write = [&] {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(call.deadline - std::chrono::steady_clock::now());
    arm(std::clamp(left, std::chrono::milliseconds(1), context_.options.write_timeout));
  };
  for (;;) {
    const BodyPipe::Piece piece = call.pipe->take();
    if (!piece.bytes.empty()) {
      arm_write();
      const bool sent = co_await send_piece(piece.bytes, chunked);
      disarm();
      client_gone_ = !sent && !closed_;
      if (!sent) co_return false;
    }
    if (piece.ended) {
      if (!piece.complete || !chunked) co_return piece.complete;
      arm_write();
      co_return co_await send_piece("", chunked);
    }
    const auto now = std::chrono::steady_clock::now();
    if (closed_ || now >= call.deadline) co_return false;
    if (client.gone_from_stream()) {
      client_gone_ = true;
      co_return false;
    }
    if (!piece.bytes.empty()) continue;
    call.timer.expires_at(std::min(call.deadline, now + kLookInterval));
    error_code error;
    co_await call.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<bool> Connection::send_feed(const RequestHead& head, Response from, unsigned version,
                                            bool keep_alive) {
  const Counted counted(context_.feeds);
  arm(context_.options.write_timeout);
  bool sent = co_await send_head(head, from, version, keep_alive);
  disarm();
  if (sent && head.method != Method::kHead) sent = co_await feed_on(from.feed, version >= 11);
  client_gone_ = !sent && !closed_;
  co_return sent;
}

asio::awaitable<bool> Connection::feed_on(const Feed& feed, bool chunked) {
  ClientWatch client(stream_, buffer_, false);
  asio::steady_timer timer(stream_.get_executor());
  auto spoken = std::chrono::steady_clock::now();
  for (bool more = true; more && !context_.stopping;) {
    if (closed_ || client.gone_from_stream()) co_return false;
    std::string piece;
    more = feed(piece, {std::chrono::steady_clock::now() - spoken >= kFeedPause});
    if (!piece.empty()) {
      arm(context_.options.write_timeout);
      const bool sent = co_await send_piece(piece, chunked);
      disarm();
      if (!sent) co_return false;
      spoken = std::chrono::steady_clock::now();
    } else if (more) {
      error_code error;
      timer.expires_after(kLookInterval);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
  if (!chunked) co_return true;
  arm(context_.options.write_timeout);
  co_return co_await send_piece("", true);
}

// One chunk; the empty one is the last.
asio::awaitable<bool> Connection::send_piece(const std::string& bytes, bool chunked) {
  const std::string framed = chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : bytes;
  error_code error;
  co_await asio::async_write(stream_, asio::buffer(framed), asio::redirect_error(asio::use_awaitable, error));
  if (!error) body_sent_ += bytes.size();
  co_return !error;
}

}  // namespace rappel
