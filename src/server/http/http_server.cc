#include "server/http/http_server.h"

#include <fmt/format.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <future>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/metrics_text.h"
#include "server/http/connection.h"
#include "trace/tracer.h"

namespace rappel {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Connections beyond the limit that are told so at the same time; more are closed without a word.
constexpr std::size_t kMostTurnedAway = 128;

Result<asio::ip::address> parse_host(const std::string& host) {
  error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error)
    return Status(Code::kInvalidArgument,
                  fmt::format(
                      "\"{}\" is not an address to listen on: give an IP address (127.0.0.1 for this machine "
                      "alone, 0.0.0.0 or :: for all its addresses)",
                      host))
        .with_id("address");
  return address;
}

Status invalid(const char* message) { return Status(Code::kInvalidArgument, message); }

Status check_tokens(const std::vector<std::string>& tokens) {
  if (tokens.empty())
    return invalid(
        "the server needs at least one bearer token, or to be told to go without on a loopback address");
  for (const std::string& token : tokens)
    if (trimmed(token).empty()) return invalid("a bearer token is empty");
  return {};
}

Status check_options(const HttpOptions& options, const asio::ip::address& address) {
  if (!options.require_token && !address.is_loopback())
    return invalid(
               "a server without a token listens only on a loopback address (127.0.0.1 or ::1): set a bearer "
               "token, "
               "or listen there")
        .with_id("address");
  if (options.require_token) RAPPEL_TRY(check_tokens(options.tokens));
  if (options.workers < 1 || options.io_threads < 1)
    return invalid("the server needs at least one thread of each kind");
  return {};
}

Status bind_failure(const error_code& error, const HttpOptions& options) {
  const auto refused = [&](const char* why) {
    return Status(Code::kUnavailable,
                  fmt::format("cannot listen on {} port {}: {}", options.host, options.port, why),
                  error.message());
  };
  if (error == asio::error::address_in_use)
    return refused("another program holds this port; stop it, or choose another port (0 takes any free one)")
        .with_id("port-taken");
  if (error == asio::error::access_denied)
    return refused("not permitted; choose a port above 1023, or give the program the right to bind low ports")
        .with_id("port-forbidden");
  if (error == boost::system::errc::address_not_available ||
      error == asio::error::address_family_not_supported)
    return refused("this machine has no such address; use 127.0.0.1, or 0.0.0.0 for all its addresses")
        .with_id("address");
  return refused("the system refused");
}

}  // namespace

struct HttpServer::Impl {
  class Accepting;

  Impl(HttpOptions options, const MakeProtocols& make_protocols, Logger* logger)
      : context(std::move(options), logger,
                [&] { return make_protocols([this](MetricsText& out) { write_metrics(out); }); }),
        io(context.options.io_threads),
        acceptor(one_at_a_time()) {}

  ~Impl() {
    context.stopping = true;
    std::exchange(context.open, {});  // before the io_context of their sockets
  }

  // An executor that runs one handler at a time. One I/O thread is that already; making a strand of
  // Boost 1.74 crashes when there is no memory for it.
  asio::any_io_executor one_at_a_time() {
    if (context.options.io_threads == 1) return io.get_executor();
    return asio::make_strand(io);
  }
  Status listen(const asio::ip::address& address);
  void begin_accepting();
  asio::awaitable<void> accept();
  asio::awaitable<bool> accept_one();
  void serve();
  StopReport stop();
  void for_each_open(void (Connection::*action)());
  void write_metrics(MetricsText& out) const;

  ConnectionContext context;
  asio::io_context io;
  tcp::acceptor acceptor;  // used on its strand once threads run, as are these two:
  bool accepting = false, beginning = false;
  std::string url;
  std::uint16_t port = 0;
  std::mutex stop_mutex;
  bool stopped = false;
  StopReport report;
  std::vector<std::thread> threads;
};

Status HttpServer::Impl::listen(const asio::ip::address& address) {
  const tcp::endpoint endpoint(address, context.options.port);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return bind_failure(error, context.options);
  port = acceptor.local_endpoint(error).port();
  const char* const scheme = context.options.tls == nullptr ? "http" : "https";
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  url = fmt::format("{}://{}:{}", scheme, host, port);
  return {};
}

// Lives as long as the coroutine that accepts, which begins again when an exception has ended it half way.
class HttpServer::Impl::Accepting {
 public:
  explicit Accepting(Impl& server) : server_(&server) {}
  Accepting(Accepting&& other) noexcept : server_(std::exchange(other.server_, nullptr)) {}
  Accepting(const Accepting&) = delete;
  Accepting& operator=(Accepting&&) = delete;
  ~Accepting() {
    if (server_ == nullptr) return;
    server_->accepting = false;
    server_->begin_accepting();
  }
  void operator()(const std::exception_ptr&) const {}

 private:
  Impl* server_;
};

void HttpServer::Impl::begin_accepting() {
  if (beginning) return;  // a try of the loop below has failed
  beginning = true;
  while (!accepting && !context.stopping) {
    accepting = true;
    try {
      asio::co_spawn(acceptor.get_executor(), accept(), Accepting(*this));
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
  beginning = false;
}

asio::awaitable<void> HttpServer::Impl::accept() {
  for (bool more = true; more && !context.stopping;) {
    try {
      more = co_await accept_one();
    } catch (const std::exception&) {  // no memory for another connection: let others finish
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

// False when the server stops.
asio::awaitable<bool> HttpServer::Impl::accept_one() {
  error_code error;
  tcp::socket socket(one_at_a_time());
  co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
  if (context.stopping || error == asio::error::operation_aborted) co_return false;
  if (error) {  // no descriptors left, or the client is gone again: let others finish
    asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(50));
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    co_return true;
  }
  socket.set_option(tcp::no_delay(true), error);
  auto connection = std::make_shared<Connection>(std::move(socket), context);
  if (connection->admitted() || context.turned_away <= kMostTurnedAway) connection->start();
  co_return true;
}

// An I/O thread. A connection that lacked memory has ended; the others go on.
void HttpServer::Impl::serve() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

void HttpServer::Impl::for_each_open(void (Connection::*action)()) {
  std::vector<std::shared_ptr<Connection>> open;
  until_memory([&] {
    const std::lock_guard lock(context.mutex);
    open.assign(context.open.begin(), context.open.end());
  });
  for (const auto& connection : open) until_memory([&] { (connection.get()->*action)(); });
}

StopReport HttpServer::Impl::stop() {
  const std::lock_guard once(stop_mutex);
  if (stopped) return report;
  stopped = true;
  context.stopping = true;
  std::promise<void> closed;
  until_memory([&] {
    asio::post(acceptor.get_executor(), [this, &closed] {
      error_code error;
      acceptor.close(error);
      closed.set_value();
    });
  });
  closed.get_future().wait();  // a client that sees a connection end can rely on nobody being let in any more
  for_each_open(&Connection::close_if_idle);
  {
    std::unique_lock lock(context.mutex);
    context.changed.wait_for(lock, context.options.stop_timeout, [this] { return context.open.empty(); });
  }
  report.cut = context.in_request;
  for_each_open(&Connection::close_now);
  context.queue.stop();
  // Without a work guard the io threads end when the last connection and the acceptor have nothing more to
  // wait for.
  for (std::thread& thread : threads) thread.join();
  return report;
}

void HttpServer::Impl::write_metrics(MetricsText& out) const {
  context.router.metrics().write(out);
  const WorkerStats workers = context.queue.stats();
  out.family("rappel_http_requests_waiting", MetricsText::Type::kGauge,
             "Requests that wait for a worker now.")
      .sample(static_cast<double>(workers.waiting));
  out.family("rappel_http_requests_in_flight", MetricsText::Type::kGauge,
             "Requests that a worker computes now.")
      .sample(static_cast<double>(workers.running));
  out.family("rappel_rejected_requests_total", MetricsText::Type::kCounter,
             "Requests refused before any work: the queue was full, or the token wrong.")
      .sample(static_cast<double>(workers.refused), {{"reason", "queue_full"}})
      .sample(static_cast<double>(context.router.wrong_tokens()), {{"reason", "wrong_token"}});
  out.family("rappel_http_held_bytes", MetricsText::Type::kGauge, "Bytes of bodies and answers held now.")
      .sample(static_cast<double>(context.memory.used()));
  if (context.options.tracer) context.options.tracer->write_metrics(out);
  const auto tls = context.tls();
  if (tls == nullptr) return;
  out.family("rappel_tls_failed_handshakes_total", MetricsText::Type::kCounter,
             "Connections that ended before their TLS handshake was done.")
      .sample(static_cast<double>(context.failed_handshakes));
  out.family("rappel_tls_certificate_expiry_seconds", MetricsText::Type::kGauge,
             "Unix time at which the certificate in use expires.")
      .sample(std::chrono::duration<double>(tls->expires().time_since_epoch()).count());
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options,
                                                      const MakeProtocols& make_protocols, Logger* logger) {
  RAPPEL_ASSIGN(const asio::ip::address address, parse_host(options.host));
  RAPPEL_TRY(check_options(options, address));
  std::unique_ptr<Impl> impl;
  try {
    impl = std::make_unique<Impl>(std::move(options), make_protocols, logger);
  } catch (const boost::system::system_error& error) {  // its thread cannot be started
    throw std::system_error(error.code().value(), std::generic_category(), "thread");
  }
  RAPPEL_TRY(impl->listen(address));
  impl->begin_accepting();
  for (int i = 0; i < impl->context.options.io_threads; ++i)
    impl->threads.emplace_back([&server = *impl] { server.serve(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->port; }
std::string HttpServer::url() const { return impl_->url; }

std::size_t HttpServer::in_request() const { return impl_->context.in_request; }

std::size_t HttpServer::queries_under_way() const {
  return impl_->context.queue.under_way(WorkerQueue::Kind::kQuick);
}

Status HttpServer::set_tokens(const std::vector<std::string>& tokens, const std::vector<KnownToken>& named) {
  if (!impl_->context.options.require_token) return invalid("this server was started without tokens");
  RAPPEL_TRY(check_tokens(tokens));
  impl_->context.router.set_tokens(tokens, named);
  return {};
}

Status HttpServer::set_tls(std::shared_ptr<const TlsContext> tls) {
  if (impl_->context.options.tls == nullptr) return invalid("this server was started without TLS");
  impl_->context.set_tls(std::move(tls));
  return {};
}

StopReport HttpServer::stop() { return impl_->stop(); }

}  // namespace rappel
