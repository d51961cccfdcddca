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
#include <new>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "server/http/beast_message.h"
#include "server/http/call.h"
#include "server/http/client_watch.h"
#include "server/http/counted.h"
#include "server/http/peer.h"

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

// Whatever ends a connection, also an exception that ends its coroutine half way: it leaves the list, so that
// stop() does not wait for it.
class Leaving {
 public:
  explicit Leaving(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Leaving(Leaving&&) = default;
  Leaving(const Leaving&) = delete;
  Leaving& operator=(Leaving&&) = delete;
  ~Leaving() {
    if (connection_) connection_->leave();
  }
  void operator()(const std::exception_ptr&) const {}

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace

ConnectionContext::ConnectionContext(HttpOptions settings, Logger* log,
                                     const std::function<Protocols()>& make_protocols)
    : options(std::move(settings)),
      logger(log),
      queue(options.workers, options.max_queue),
      memory(options.max_pending_bytes),
      disk(options.max_scratch_bytes),
      router(options, make_protocols(), log),
      refusals(log),
      connections(options.max_connections),
      tls_(options.tls) {}

std::shared_ptr<const TlsContext> ConnectionContext::tls() const {
  const std::lock_guard lock(tls_mutex_);
  return tls_;
}

void ConnectionContext::set_tls(std::shared_ptr<const TlsContext> tls) {
  const std::lock_guard lock(tls_mutex_);
  tls_ = std::move(tls);
}

Connection::Connection(asio::ip::tcp::socket accepted, ConnectionContext& context)
    : context_(context),
      stream_(std::move(accepted)),
      timer_(stream_.get_executor()),
      buffer_(context.options.max_header_bytes + 8 * kReadBytes) {
  error_code error;
  const auto remote = socket().remote_endpoint(error);
  if (!error) peer_ = peer_of(remote.address());
  admitted_ = context_.connections.take(peer_);
  if (!admitted_) ++context_.turned_away;
}

Connection::~Connection() {
  context_.connections.give(peer_, admitted_);
  if (!admitted_) --context_.turned_away;
}

void Connection::start() {
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(context_.mutex);
    context_.open.insert(self);
  }
  asio::co_spawn(stream_.get_executor(), run(), Leaving(self));
}

void Connection::leave() {
  error_code ignored;
  disarm();
  abandon_call();
  socket().close(ignored);
  const auto self = shared_from_this();
  const std::lock_guard lock(context_.mutex);
  context_.open.erase(self);
  context_.changed.notify_all();
}

// Nobody waits for the call any more, or it has been answered: its handler may stop, and its stream ends.
void Connection::abandon_call() {
  const std::shared_ptr<Call> call = std::exchange(call_, nullptr);
  if (!call) return;
  call->abandon.request_stop();
  if (call->ticket) context_.queue.withdraw(*call->ticket);
}

void Connection::close_if_idle() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    if (self->idle_) self->socket().cancel(ignored);
  });
}

void Connection::close_now() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->closed_ = true;
    if (self->call_) self->call_->timer.cancel();
    self->disarm();  // a pause ends, too
    error_code ignored;
    self->socket().close(ignored);
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
    self->socket().cancel(error);
    // A read that had just succeeded is not cancelled, and its operation goes on with the next one: ask
    // again.
    try {
      self->timer_.expires_after(std::chrono::milliseconds(20));
      self->wait_for_limit(number);
    } catch (const std::bad_alloc&) {  // nobody would ask again
      self->socket().close(error);
    }
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
  if (error == boost::system::errc::not_enough_memory) return Refusal{Reason::kBusy, "", 0};
  if (error == asio::error::operation_aborted && timed_out_)
    return Refusal{Reason::kTooSlow, "The request took too long to arrive"};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return Refusal{Reason::kBadRequest, "Invalid HTTP request"};
  return std::nullopt;
}

asio::awaitable<void> Connection::run() {
  const std::shared_ptr<const TlsContext> tls = context_.tls();
  if (tls != nullptr && !co_await begin_tls(*tls)) co_return;
  if (!admitted_) {
    const Refusal refusal = too_many_connections_refusal();
    co_await turn_away(refusal);
    co_return;
  }
  bool more = true;
  while (more) more = co_await serve_one();
  if (!cut_) stream_.finish();
  if (unread_ || buffer_.size() > 0) co_await linger();
}

asio::awaitable<bool> Connection::await_request() {
  if (context_.stopping) co_return false;
  if (buffer_.size() > 0) co_return true;  // pipelined
  error_code error;
  idle_ = true;
  arm(context_.options.idle_timeout);
  const std::size_t bytes = co_await stream_.async_read_some(
      buffer_.prepare(kReadBytes), asio::redirect_error(asio::use_awaitable, error));
  idle_ = false;
  buffer_.commit(bytes);
  co_return !error;
}

asio::awaitable<bool> Connection::serve_one() {
  if (!co_await await_request()) co_return false;
  const Counted in_request(context_.in_request);
  Parser parser;
  const bool more = co_await answer_request(parser);
  abandon_call();
  co_return more;
}

asio::awaitable<bool> Connection::answer_request(Parser& parser) {
  const auto started = std::chrono::steady_clock::now();
  body_received_ = body_sent_ = 0;
  std::optional<Refusal> refused = co_await read_header(parser);
  unread_ = !parser.is_done();
  const auto taken = [started] { return std::chrono::steady_clock::now() - started; };
  if (!parser.is_header_done()) {
    if (!refused) co_return false;
    const RequestHead none;
    Response response = context_.router.refuse("", *refused);
    const int status = response.status;
    log_refusal(none, status, *refused);
    co_await send(none, std::move(response), 11, false);
    context_.router.record(none, {.status = status, .duration = taken()});
    co_return false;
  }
  RequestHead head = request_head(parser.get());
  head.peer = peer_.name;
  head.encrypted = stream_.encrypted();
  const unsigned version = parser.get().version();
  std::optional<Response> response;
  bool complete = false;  // the body was read
  if (refused) {          // the framing itself is refused: where the next request starts is not known
    response = context_.router.refuse(head.path, *refused);
    log_refusal(head, response->status, *refused);
  } else {
    auto admitted = context_.router.admit(head);
    if (head.answer_after.count() > 0) co_await pause(head.answer_after);
    if (auto* early = std::get_if<Response>(&admitted)) {
      response = std::move(*early);
      complete = co_await skip_body(parser);
    } else {
      response = co_await obtain(parser, head, std::get<Router::Plan>(admitted));
      complete = parser.is_done();
    }
  }
  unread_ = !complete;
  if (client_gone_) record(head, HttpMetrics::kClientGone, taken());
  if (!response || closed_) co_return false;
  const bool keep_alive = !refused && parser.keep_alive() && complete && !context_.stopping;
  if (response->feed && !context_.may_feed()) response = context_.router.refuse(head.path, busy_refusal());
  const int status = response->status;
  const bool streamed = response->stream || response->next_piece || response->feed;
  bool sent = false;
  if (response->feed)
    sent = co_await send_feed(head, std::move(*response), version, keep_alive);
  else if (response->stream)
    sent = co_await send_stream(head, std::move(*response), version, keep_alive);
  else if (response->next_piece)
    sent = co_await send_in_pieces(head, std::move(*response), version, keep_alive);
  else
    sent = co_await send(head, std::move(*response), version, keep_alive);
  cut_ = !sent;
  record(head, client_gone_ ? HttpMetrics::kClientGone : status, taken());
  co_return sent&& keep_alive && !(streamed && version < 11);
}

void Connection::record(const RequestHead& head, int status, std::chrono::duration<double> duration) const {
  context_.router.record(head, {status, duration, body_received_, body_sent_});
}

void Connection::log_refusal(const RequestHead& head, int status, const Refusal& refusal) const {
  context_.refusals.add(head.path.empty() ? "" : head.method_text + " " + head.path, status, peer_.name,
                        refusal.message, std::chrono::steady_clock::now());
}

asio::awaitable<void> Connection::pause(std::chrono::milliseconds duration) {
  ++armed_;
  timer_.expires_after(duration);
  error_code error;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

// A connection that no request is read from is told why at once. Its bytes are read for a moment, because
// closing with unread bytes would reset the connection before the client has read the response.
asio::awaitable<void> Connection::turn_away(const Refusal& refusal) {
  const RequestHead none;
  Response response = context_.router.refuse("", refusal);
  const int status = response.status;
  log_refusal(none, status, refusal);
  co_await send(none, std::move(response), 11, false);
  context_.router.record(none, {.status = status});
  stream_.finish();
  co_await linger();
}

asio::awaitable<std::optional<Refusal>> Connection::read_header(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
  parser.body_limit(boost::none);  // read_body() knows it
  arm(context_.options.header_timeout);
  error_code error;
  co_await http::async_read_header(stream_, buffer_, parser,
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
  Body body(&context_.memory, peer_.name);
  parser.get().body().body = &body;
  co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<std::optional<Response>> Connection::obtain(Parser& parser, const RequestHead& head,
                                                            const Router::Plan& plan) {
  auto body = plan.in_file ? std::make_shared<Body>(&context_.memory, &context_.disk, head.caller,
                                                    context_.options.scratch_folder)
                           : std::make_shared<Body>(&context_.memory, head.caller);
  const auto refused = co_await read_body(parser, head, plan, body);
  body_received_ = body->size();
  if (refused) co_return plan.protocol->refuse(*refused);
  if (!parser.is_done()) co_return std::nullopt;  // the client is gone
  co_return co_await compute(plan, head, parser, std::move(body));
}

// A body that would not fit now is refused before it is sent; otherwise its bytes count as they arrive.
std::optional<Refusal> Connection::refuse_length(std::uint64_t length, const RequestHead& head,
                                                 const Router::Plan& plan) const {
  if (length > plan.max_body)
    return Refusal{Reason::kBodyTooLarge,
                   fmt::format("The request's body is larger than {} bytes", plan.max_body)};
  const auto size = static_cast<std::size_t>(length);
  const std::size_t in_memory = plan.in_file ? std::min(size, kBodyInMemory) : size;
  const bool fits = context_.memory.fits(head.caller, (1 + plan.body_copies) * in_memory) &&
                    (size == in_memory || context_.disk.fits(head.caller, size));
  if (fits) return std::nullopt;
  return no_room_refusal(context_.queue.seconds_to_drain(plan.kind));
}

asio::awaitable<bool> Connection::invite(const Parser& parser) {
  if (parser.get().find(http::field::expect) == parser.get().end() || buffer_.size() > 0) co_return true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  arm(context_.options.write_timeout);
  error_code error;
  co_await asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                             asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<std::optional<Refusal>> Connection::read_body(Parser& parser, const RequestHead& head,
                                                              const Router::Plan& plan,
                                                              const std::shared_ptr<Body>& body) {
  if (const auto length = parser.content_length())
    if (auto refused = refuse_length(*length, head, plan)) co_return refused;
  if (!co_await invite(parser)) co_return std::nullopt;
  parser.body_limit(static_cast<std::uint64_t>(plan.max_body));
  parser.get().body().body = body.get();
  auto refused = co_await read_at_least_slowly(parser, plan.arrival, body);
  parser.get().body().body = nullptr;
  if (refused && refused->reason == Reason::kBusy)
    co_return no_room_refusal(context_.queue.seconds_to_drain(plan.kind));
  if (!refused && parser.is_done() && plan.in_file) co_return co_await on_disk(body, &Body::complete);
  co_return refused;
}

// Reads the rest of the body. The client has `body_timeout`, and a second more for each min_body_rate bytes;
// all in all at most `limit`.
asio::awaitable<std::optional<Refusal>> Connection::read_at_least_slowly(Parser& parser,
                                                                         std::chrono::milliseconds limit,
                                                                         const std::shared_ptr<Body>& body) {
  const auto started = std::chrono::steady_clock::now();
  error_code error;
  while (!parser.is_done() && !error) {
    const std::size_t seconds = body->size() / context_.options.min_body_rate;
    const auto allowed = std::min(limit, context_.options.body_timeout + std::chrono::seconds(seconds));
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(started + allowed - std::chrono::steady_clock::now());
    arm(std::max(left, std::chrono::milliseconds(1)));
    co_await http::async_read_some(stream_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
    if (error || !body->wants_write()) continue;
    disarm();
    if (auto refused = co_await on_disk(body, &Body::write_out)) co_return refused;
  }
  if (error) co_return refusal_for(error);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Refusal>> Connection::on_disk(std::shared_ptr<Body> body, BodyStep step) {
  const auto write = [](std::shared_ptr<Body> written, BodyStep its_step) -> asio::awaitable<Status> {
    co_return ((*written).*its_step)();
  };
  const Status status =
      co_await asio::co_spawn(context_.disk_thread.get_executor(), write(body, step), asio::use_awaitable);
  if (status.ok()) co_return std::nullopt;
  if (context_.logger != nullptr && status.code() != Code::kResourceExhausted)
    context_.logger->error("cannot keep the body of a request: {}", status.to_string());
  co_return body_refusal(status);
}

asio::awaitable<std::optional<Response>> Connection::compute(const Router::Plan& plan,
                                                             const RequestHead& head, Parser& parser,
                                                             std::shared_ptr<Body> body) {
  if (body->memory().take(plan.body_copies * body->size()) != ByteHold::Room::kTaken)
    co_return plan.protocol->refuse(no_room_refusal(context_.queue.seconds_to_drain(plan.kind)));
  call_ = std::make_shared<Call>(stream_.get_executor(), head, std::move(body),
                                 std::chrono::steady_clock::now() + plan.timeout);
  const std::shared_ptr<Call> call = call_;
  disarm();
  call->ticket = context_.queue.submit(
      plan.kind,
      [call, plan, &router = context_.router, logger = context_.logger] {
        if (!call->abandon.stop_requested()) Call::run(call, plan, router, logger);
      },
      call->head.flow());
  if (!call->ticket)
    co_return plan.protocol->refuse(busy_refusal(context_.queue.seconds_to_drain(plan.kind)));
  const Outcome outcome = co_await wait_for_answer(*call, parser.get().version() >= 11);
  if (outcome == Outcome::kAnswered) co_return std::move(call->answer);
  abandon_call();
  client_gone_ = outcome == Outcome::kClientGone;
  if (outcome != Outcome::kExpired) co_return std::nullopt;
  co_return plan.protocol->refuse(too_late_refusal(plan.timeout, context_.queue.seconds_to_drain(plan.kind)));
}

asio::awaitable<Connection::Outcome> Connection::wait_for_answer(Call& call, bool may_ask) {
  ClientWatch client(stream_, buffer_, may_ask);
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

// Closes our side and reads on for a moment: closing with unread bytes would reset the connection, and the
// client might lose the response that says why.
asio::awaitable<void> Connection::linger() {
  error_code error;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  idle_ = true;  // a stop need not wait for this
  arm(kLinger);
  while (!error && !closed_) {
    buffer_.clear();
    co_await socket().async_read_some(buffer_.prepare(kReadBytes),
                                      asio::redirect_error(asio::use_awaitable, error));
    if (context_.stopping) break;
  }
}

}  // namespace rappel
