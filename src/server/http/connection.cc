#include "server/http/connection.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <new>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "server/http/beast_message.h"
#include "server/http/body_pipe.h"
#include "server/http/call.h"
#include "server/http/client_watch.h"

namespace rappel {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

using Reason = Refusal::Reason;

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kSkippedBodyBytes =
    64 << 10;  // a refused request's body that is read to keep the connection
constexpr std::chrono::seconds kLinger{3};
constexpr std::chrono::milliseconds kLookInterval{100};  // at a client whose request is computed

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, ConnectionContext& context)
    : context_(context),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      buffer_(context.options.max_header_bytes + 8 * kReadBytes) {}

void Connection::start() {
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(context_.mutex);
    context_.open.insert(self);
  }
  try {
    // An exception is a lack of memory: it ends this connection and no other.
    asio::co_spawn(socket_.get_executor(), run(), [self](std::exception_ptr) { self->leave(); });
  } catch (const std::bad_alloc&) {
    leave();
  }
}

// Whatever ended it, the connection leaves the list, so that stop() does not wait for it.
void Connection::leave() {
  error_code ignored;
  abandon_call();
  disarm();
  socket_.close(ignored);
  const auto self = shared_from_this();
  const std::lock_guard lock(context_.mutex);
  context_.open.erase(self);
  context_.changed.notify_all();
}

// Nobody waits for the call any more: its handler may stop, and its stream ends.
void Connection::abandon_call() {
  if (call_) call_->abandon.request_stop();
  call_.reset();
}

void Connection::close_if_idle() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    if (self->idle_) self->socket_.cancel(ignored);
  });
}

void Connection::close_now() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->closed_ = true;
    if (self->call_) self->call_->timer.cancel();
    error_code ignored;
    self->socket_.close(ignored);
  });
}

void Connection::arm(std::chrono::milliseconds limit) {
  timed_out_ = false;
  timer_.expires_after(limit);
  wait_for_limit(++armed_);
}

void Connection::wait_for_limit(std::uint64_t number) {
  timer_.async_wait([self = shared_from_this(), number](error_code error) {
    if (error || number != self->armed_) return;
    self->timed_out_ = true;
    self->socket_.cancel(error);
    // A read that had just succeeded is not cancelled, and its operation goes on with the next one: ask
    // again.
    self->timer_.expires_after(std::chrono::milliseconds(20));
    self->wait_for_limit(number);
  });
}

void Connection::disarm() {
  ++armed_;
  timer_.cancel();
}

// The refusal for an error of the parser or the socket; nothing when the client is gone.
std::optional<Refusal> Connection::refusal_for(const error_code& error) const {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return Refusal{Reason::kHeaderTooLarge, "The request's header is too large"};
  if (error == http::error::body_limit)
    return Refusal{Reason::kBodyTooLarge, "The request's body is too large"};
  if (error == asio::error::operation_aborted && timed_out_)
    return Refusal{Reason::kTooSlow, "The request took too long to arrive"};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return Refusal{Reason::kBadRequest, "Invalid HTTP request"};
  return std::nullopt;
}

asio::awaitable<void> Connection::run() {
  bool more = true;
  while (more) more = co_await serve_one();
  if (unread_ || buffer_.size() > 0) co_await linger();
}

asio::awaitable<bool> Connection::await_request() {
  if (context_.stopping) co_return false;
  if (buffer_.size() > 0) co_return true;  // pipelined
  error_code error;
  idle_ = true;
  arm(context_.options.idle_timeout);
  const std::size_t bytes = co_await socket_.async_read_some(
      buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
  idle_ = false;
  buffer_.commit(bytes);
  co_return !error;
}

asio::awaitable<bool> Connection::serve_one() {
  if (!co_await await_request()) co_return false;
  in_request_ = true;
  Parser parser;
  const bool more = co_await answer_request(parser);
  abandon_call();
  in_request_ = false;
  co_return more;
}

asio::awaitable<bool> Connection::answer_request(Parser& parser) {
  const auto started = std::chrono::steady_clock::now();
  std::optional<Refusal> refused = co_await read_header(parser);
  unread_ = !parser.is_done();
  if (!parser.is_header_done()) {
    if (refused) co_await send(RequestHead(), context_.router.refuse("", *refused), 11, false);
    co_return false;
  }
  RequestHead head = request_head(parser.get());
  const unsigned version = parser.get().version();
  std::optional<Response> response;
  bool complete = false;  // the body was read
  if (refused) {          // the framing itself is refused: where the next request starts is not known
    response = context_.router.refuse(head.path, *refused);
  } else {
    auto admitted = context_.router.admit(head);
    if (auto* early = std::get_if<Response>(&admitted)) {
      response = std::move(*early);
      complete = co_await skip_body(parser);
    } else {
      response = co_await obtain(parser, head, std::get<Router::Plan>(admitted));
      complete = parser.is_done();
    }
  }
  unread_ = !complete;
  const auto taken = [started] { return std::chrono::steady_clock::now() - started; };
  if (client_gone_) context_.router.record(head, HttpMetrics::kClientGone, taken());
  if (!response || closed_) co_return false;
  const bool keep_alive = !refused && parser.keep_alive() && complete && !context_.stopping;
  const int status = response->status;
  const bool streamed = static_cast<bool>(response->stream);
  bool sent = false;
  if (streamed)
    sent = co_await send_stream(head, std::move(*response), version, keep_alive);
  else
    sent = co_await send(head, std::move(*response), version, keep_alive);
  context_.router.record(head, client_gone_ ? HttpMetrics::kClientGone : status, taken());
  if (context_.logger) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken());
    context_.logger->debug("{} {} {} {} ms", head.method_text, head.path, status, ms.count());
  }
  co_return sent&& keep_alive && !(streamed && version < 11);
}

asio::awaitable<std::optional<Refusal>> Connection::read_header(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
  parser.body_limit(boost::none);  // read_body() knows it
  arm(context_.options.header_timeout);
  error_code error;
  co_await http::async_read_header(socket_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return refusal_for(error);
  co_return refuse_framing(parser.get());
}

// Reads the body of a request that is answered without it, when that is little; false when it was left
// unread.
asio::awaitable<bool> Connection::skip_body(Parser& parser) {
  if (parser.is_done()) co_return true;
  const auto length = parser.content_length();
  const bool expects = parser.get().find(http::field::expect) != parser.get().end();
  if (expects || parser.chunked() || !length || *length > kSkippedBodyBytes) co_return false;
  arm(context_.options.header_timeout);
  error_code error;
  co_await http::async_read(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<std::optional<Response>> Connection::obtain(Parser& parser, const RequestHead& head,
                                                            const Router::Plan& plan) {
  Reservation reservation;
  if (const auto refused = co_await read_body(parser, plan, reservation))
    co_return plan.protocol->refuse(*refused);
  if (!parser.is_done()) co_return std::nullopt;  // the client is gone
  co_return co_await compute(plan, head, parser, std::move(reservation));
}

asio::awaitable<std::optional<Refusal>> Connection::read_body(Parser& parser, const Router::Plan& plan,
                                                              Reservation& reservation) {
  const auto length = parser.content_length();
  if (length && *length > plan.max_body)
    co_return Refusal{Reason::kBodyTooLarge,
                      fmt::format("The request's body is larger than {} bytes", plan.max_body)};
  const std::size_t expected =
      parser.chunked() ? plan.max_body : static_cast<std::size_t>(length.value_or(0));
  if (!reservation.take(context_.pending_bytes, expected, context_.options.max_pending_bytes))
    co_return no_room_refusal(context_.queue.seconds_to_drain(plan.kind));
  arm(context_.options.body_timeout);
  error_code error;
  if (parser.get().find(http::field::expect) != parser.get().end() && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::nullopt;
  }
  parser.body_limit(static_cast<std::uint64_t>(plan.max_body));
  if (!parser.is_done())
    co_await http::async_read(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return refusal_for(error);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Response>> Connection::compute(const Router::Plan& plan,
                                                             const RequestHead& head, Parser& parser,
                                                             Reservation reservation) {
  auto call = std::make_shared<Call>(socket_.get_executor(), head, std::move(reservation),
                                     std::chrono::steady_clock::now() + plan.timeout);
  call->body = std::move(parser.get().body());
  disarm();
  const auto ticket =
      context_.queue.submit(plan.kind, [call, plan, &router = context_.router, logger = context_.logger] {
        if (!call->abandon.stop_requested()) Call::run(call, plan, router, logger);
      });
  if (!ticket) co_return plan.protocol->refuse(busy_refusal(context_.queue.seconds_to_drain(plan.kind)));
  call_ = call;
  const Outcome outcome = co_await wait_for_answer(*call, parser.get().version() >= 11);
  if (outcome == Outcome::kAnswered) co_return std::move(call->answer);
  call->abandon.request_stop();
  context_.queue.withdraw(*ticket);
  client_gone_ = outcome == Outcome::kClientGone;
  if (outcome != Outcome::kExpired) co_return std::nullopt;
  co_return plan.protocol->refuse(too_late_refusal(plan.timeout, context_.queue.seconds_to_drain(plan.kind)));
}

asio::awaitable<Connection::Outcome> Connection::wait_for_answer(Call& call, bool may_ask) {
  ClientWatch client(socket_, may_ask);
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    call.timer.expires_at(std::min(call.deadline, now + kLookInterval));
    error_code error;
    co_await call.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (call.answer) co_return Outcome::kAnswered;
    if (closed_ || call.unanswered) co_return Outcome::kClosed;
    if (std::chrono::steady_clock::now() >= call.deadline) co_return Outcome::kExpired;
    if (client.gone()) co_return Outcome::kClientGone;
  }
}

asio::awaitable<bool> Connection::send(const RequestHead& head, Response from, unsigned version,
                                       bool keep_alive) {
  context_.router.finish(head, from);
  http::response<http::string_body> response = response_head(from, version, keep_alive);
  if (from.status != 304) {
    response.set("content-length", std::to_string(from.body.size()));
    if (!from.content_type.empty()) response.set("content-type", from.content_type);
  }
  if (head.method != Method::kHead && from.status != 304) response.body() = std::move(from.body);
  arm(context_.options.write_timeout);
  error_code error;
  co_await http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<bool> Connection::send_stream(const RequestHead& head, Response from, unsigned version,
                                              bool keep_alive) {
  const std::shared_ptr<Call> call = call_;
  RAPPEL_CHECK(call != nullptr && call->pipe != nullptr, "responses stream from workers alone");
  const bool chunked = version >= 11;  // HTTP/1.0: the end of the connection ends the body
  context_.router.finish(head, from);
  http::response<http::string_body> response = response_head(from, version, keep_alive && chunked);
  if (!from.content_type.empty()) response.set("content-type", from.content_type);
  if (chunked) response.set("transfer-encoding", "chunked");
  http::response_serializer<http::string_body> serializer(response);
  arm(context_.options.write_timeout);
  error_code error;
  co_await http::async_write_header(socket_, serializer, asio::redirect_error(asio::use_awaitable, error));
  disarm();
  bool sent = !error;
  if (sent && head.method != Method::kHead) sent = co_await send_pieces(*call, chunked);
  call->abandon.request_stop();  // closes the pipe
  co_return sent;
}

// Until the body is whole. False when it will not be: its writer failed, the client left or stopped reading,
// the deadline passed, or the server stops.
asio::awaitable<bool> Connection::send_pieces(Call& call, bool chunked) {
  const ClientWatch client(socket_, false);
  for (;;) {
    const BodyPipe::Piece piece = call.pipe->take();
    if (!piece.bytes.empty()) {
      const bool sent = co_await send_piece(piece.bytes, chunked, call);
      client_gone_ = !sent && !closed_;
      if (!sent) co_return false;
    }
    if (piece.ended) {
      bool sent = piece.complete;
      if (sent && chunked) sent = co_await send_piece("", chunked, call);
      co_return sent;
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

// One chunk; the empty one is the last.
asio::awaitable<bool> Connection::send_piece(const std::string& bytes, bool chunked, const Call& call) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(call.deadline - std::chrono::steady_clock::now());
  arm(std::clamp(left, std::chrono::milliseconds(1), context_.options.write_timeout));
  std::string framed = chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : bytes;
  error_code error;
  co_await asio::async_write(socket_, asio::buffer(framed), asio::redirect_error(asio::use_awaitable, error));
  disarm();
  co_return !error;
}

// Closes our side and reads on for a moment: closing with unread bytes would reset the connection, and the
// client might lose the response that says why.
asio::awaitable<void> Connection::linger() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  arm(kLinger);
  while (!error && !closed_) {
    buffer_.clear();
    co_await socket_.async_read_some(buffer_.prepare(kReadBytes),
                                     asio::redirect_error(asio::use_awaitable, error));
    if (context_.stopping) break;
  }
}

}  // namespace rappel
