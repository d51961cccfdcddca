#include "server/http/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <new>
#include <thread>

#include "base/log.h"
#include "server/http/client_watch.h"

namespace rappel {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kSkippedBodyBytes =
    64 << 10;  // a refused request's body that is read to keep the connection
constexpr std::chrono::seconds kLinger{3};
constexpr std::chrono::milliseconds kLookInterval{100};  // at a client whose request is computed

std::string text_of(beast::string_view text) { return std::string(text.data(), text.size()); }

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::put: return Method::kPut;
    case http::verb::patch: return Method::kPatch;
    case http::verb::delete_: return Method::kDelete;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

RequestHead head_of(const http::request<http::string_body>& request) {
  RequestHead head;
  head.method = method_of(request.method());
  head.method_name = text_of(request.method_string());
  std::string target = text_of(request.target());
  if (const std::size_t scheme = target.find("://"); scheme != std::string::npos && target.front() != '/') {
    const std::size_t slash = target.find('/', scheme + 3);  // absolute form, as sent to proxies
    target = slash == std::string::npos ? "/" : target.substr(slash);
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  head.path = percent_decoded(std::string_view(target).substr(0, question));
  head.query_string = target.substr(question);
  head.host = text_of(request[http::field::host]);
  head.authorization = text_of(request[http::field::authorization]);
  head.content_type = text_of(request[http::field::content_type]);
  head.if_none_match = text_of(request[http::field::if_none_match]);
  head.origin = text_of(request[http::field::origin]);
  head.requested_method = text_of(request[http::field::access_control_request_method]);
  head.requested_headers = text_of(request[http::field::access_control_request_headers]);
  return head;
}

// Refusals that no body is read for.
std::optional<Answer> refuse_framing(const http::request<http::string_body>& request) {
  const auto hosts = request.equal_range(http::field::host);
  const auto count = std::distance(hosts.first, hosts.second);
  if (count > 1 || (count == 0 && request.version() >= 11))
    return Answer::detail(400, "Invalid HTTP request");
  if (request.find(http::field::transfer_encoding) != request.end() &&
      !beast::iequals(request[http::field::transfer_encoding], "chunked"))
    return Answer::detail(501, "Transfer encodings other than chunked are not supported");
  const auto expect = request.find(http::field::expect);
  if (expect != request.end() && !beast::iequals(expect->value(), "100-continue"))
    return Answer::detail(417, "Expectations other than 100-continue are not supported");
  return std::nullopt;
}

Answer busy(const char* why, const WorkerQueue& queue, WorkerQueue::Kind kind) {
  return Answer::retry(429, why, queue.seconds_to_drain(kind));
}

}  // namespace

// Bytes of bodies, counted against max_pending_bytes for as long as the object lives.
class Connection::Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept
      : total_(std::exchange(other.total_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&&) = delete;
  ~Reservation() { release(); }

  void release() {
    if (total_) *total_ -= bytes_;
    total_ = nullptr;
  }

  bool take(std::atomic<std::size_t>& total, std::size_t bytes, std::size_t limit) {
    if (total.fetch_add(bytes) + bytes > limit) {
      total -= bytes;
      return false;
    }
    total_ = &total;
    bytes_ = bytes;
    return true;
  }

 private:
  std::atomic<std::size_t>* total_ = nullptr;
  std::size_t bytes_ = 0;
};

// A request on its way through the queue: shared by the connection, which waits on the timer, and the task.
// The timer and the answer belong to the connection's strand; head, body and reservation belong to the task
// until it posts back.
struct Connection::Call {
  Call(asio::any_io_executor executor, Reservation held)
      : timer(std::move(executor)), reservation(std::move(held)) {}
  asio::steady_timer timer;
  Reservation reservation;
  RequestHead head;
  std::string body;
  std::optional<Answer> computed;  // the task's until it posts back
  std::optional<Answer> answer;
  bool unanswered = false;   // there was no memory for an answer
  std::stop_source abandon;  // told to the core

  // On a worker. Must not throw: nobody would tell the connection, nor catch it.
  static void run(const std::shared_ptr<Call>& call, const Service::Plan& plan, const Service& service);
};

void Connection::Call::run(const std::shared_ptr<Call>& call, const Service::Plan& plan,
                           const Service& service) {
  try {
    call->computed = service.run(plan, {call->head, std::move(call->body), call->abandon.get_token()});
  } catch (const std::bad_alloc&) {  // not even for the refusal
  }
  call->body = std::string();
  call->reservation.release();  // before the client can know: its next request finds the room free
  for (;;) {
    try {
      asio::post(call->timer.get_executor(), [call] {
        call->unanswered = !call->computed;
        call->answer = std::move(call->computed);
        call->timer.cancel();
      });
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

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
    // An exception is a lack of memory: this connection's end, and nobody else's.
    asio::co_spawn(socket_.get_executor(), run(), [self](std::exception_ptr) { self->leave(); });
  } catch (const std::bad_alloc&) {
    leave();
  }
}

// Whatever ended it, the connection leaves the list, so that stop() does not wait for it.
void Connection::leave() {
  error_code ignored;
  disarm();
  socket_.close(ignored);
  const auto self = shared_from_this();
  const std::lock_guard lock(context_.mutex);
  context_.open.erase(self);
  context_.changed.notify_all();
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

// What a parser's or a socket's error deserves; nothing when the client is gone.
std::optional<Answer> Connection::answer_for(const error_code& error) const {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return Answer::detail(431, "The request's header is too large");
  if (error == http::error::body_limit) return Answer::detail(413, "The request's body is too large");
  if (error == asio::error::operation_aborted && timed_out_)
    return Answer::detail(408, "The request took too long to arrive");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return Answer::detail(400, "Invalid HTTP request");
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
  const auto started = std::chrono::steady_clock::now();
  Parser parser;
  std::optional<Answer> answer = co_await read_header(parser);
  unread_ = !parser.is_done();
  if (!parser.is_header_done()) {
    if (answer) co_await send(RequestHead(), std::move(*answer), 11, false);
    co_return false;
  }
  const RequestHead head = head_of(parser.get());
  const unsigned version = parser.get().version();
  bool keep_alive = parser.keep_alive();
  bool complete = false;  // the body was read
  if (answer) {           // the framing itself is refused: where the next request starts is not known
    keep_alive = false;
  } else {
    auto admitted = context_.service.admit(head);
    if (auto* early = std::get_if<Answer>(&admitted)) {
      answer = std::move(*early);
      complete = co_await skip_body(parser);
    } else {
      const auto& plan = std::get<Service::Plan>(admitted);
      Reservation reservation;
      answer = co_await read_body(parser, plan, reservation);
      complete = parser.is_done();
      if (!answer && !complete) co_return false;  // the client is gone
      if (!answer) answer = co_await compute(plan, head, parser, std::move(reservation));
    }
  }
  unread_ = !complete;
  const auto taken = [started] { return std::chrono::steady_clock::now() - started; };
  if (client_gone_) context_.service.record(head, HttpMetrics::kClientGone, taken());
  if (!answer || closed_) co_return false;
  keep_alive = keep_alive && complete && !context_.stopping;
  const int status = answer->status;
  const bool sent = co_await send(head, std::move(*answer), version, keep_alive);
  context_.service.record(head, status, taken());
  if (context_.logger) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken());
    context_.logger->debug("{} {} {} {} ms", head.method_name, head.path, status, ms.count());
  }
  co_return sent&& keep_alive;
}

asio::awaitable<std::optional<Answer>> Connection::read_header(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
  parser.body_limit(boost::none);  // read_body() knows it
  arm(context_.options.header_timeout);
  error_code error;
  co_await http::async_read_header(socket_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return answer_for(error);
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

asio::awaitable<std::optional<Answer>> Connection::read_body(Parser& parser, const Service::Plan& plan,
                                                             Reservation& reservation) {
  const auto length = parser.content_length();
  if (length && *length > plan.max_body)
    co_return Answer::detail(413, fmt::format("The request's body is larger than {} bytes", plan.max_body));
  const std::size_t expected =
      parser.chunked() ? plan.max_body : static_cast<std::size_t>(length.value_or(0));
  if (!reservation.take(context_.pending_bytes, expected, context_.options.max_pending_bytes))
    co_return busy("The server holds too many requests: try again in a moment", context_.queue, plan.kind);
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
  if (error) co_return answer_for(error);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Answer>> Connection::compute(const Service::Plan& plan, RequestHead head,
                                                           Parser& parser, Reservation reservation) {
  auto call = std::make_shared<Call>(socket_.get_executor(), std::move(reservation));
  call->head = std::move(head);
  call->body = std::move(parser.get().body());
  disarm();
  const auto ticket = context_.queue.submit(plan.kind, [call, plan, &service = context_.service] {
    if (!call->abandon.stop_requested()) Call::run(call, plan, service);
  });
  if (!ticket) co_return busy("The server is busy: try again in a moment", context_.queue, plan.kind);
  call_ = call;
  const Outcome outcome = co_await wait_for_answer(*call, plan.timeout, parser.get().version() >= 11);
  call_.reset();
  if (outcome == Outcome::kAnswered) co_return std::move(call->answer);
  call->abandon.request_stop();
  context_.queue.withdraw(*ticket);
  client_gone_ = outcome == Outcome::kClientGone;
  if (outcome != Outcome::kExpired) co_return std::nullopt;
  co_return Answer::retry(
      503,
      fmt::format(
          "The request was not finished within {} s and was given up; an upsert may have been completed",
          std::chrono::duration<double>(plan.timeout).count()),
      context_.queue.seconds_to_drain(plan.kind));
}

asio::awaitable<Connection::Outcome> Connection::wait_for_answer(Call& call, std::chrono::milliseconds limit,
                                                                 bool may_ask) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  ClientWatch client(socket_, may_ask);
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    call.timer.expires_at(std::min(deadline, now + kLookInterval));
    error_code error;
    co_await call.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (call.answer) co_return Outcome::kAnswered;
    if (closed_ || call.unanswered) co_return Outcome::kClosed;
    if (std::chrono::steady_clock::now() >= deadline) co_return Outcome::kExpired;
    if (client.gone()) co_return Outcome::kClientGone;
  }
}

asio::awaitable<bool> Connection::send(const RequestHead& head, Answer answer, unsigned version,
                                       bool keep_alive) {
  context_.service.finish(head, answer);
  http::response<http::string_body> response(static_cast<http::status>(answer.status), version);
  // Names in small letters, as the old service sent them.
  const bool bodiless = head.method == Method::kHead || answer.status == 304;
  response.set("date", http_date());
  for (const auto& [name, value] : answer.headers) response.insert(name, value);
  if (answer.status != 304) {
    response.set("content-length", std::to_string(answer.body.size()));
    if (!answer.content_type.empty()) response.set("content-type", answer.content_type);
  }
  if (!keep_alive)
    response.set("connection", "close");
  else if (version < 11)
    response.set("connection", "keep-alive");
  if (!bodiless) response.body() = std::move(answer.body);
  arm(context_.options.write_timeout);
  error_code error;
  co_await http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

// Closes our side and reads on for a moment: closing with unread bytes would reset the connection, and the
// client might lose the answer that says why.
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
