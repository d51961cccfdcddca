#include "server/http/server.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <new>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "server/http/connection.h"

namespace rappel {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Said to a connection beyond the limit; its end is the end of the connection.
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: "
    "close\r\n\r\n"
    "{\"detail\":\"Too many connections: try again in a moment\"}";

Result<asio::ip::address> parse_host(const std::string& host) {
  error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error)
    return Status(
        Code::kInvalidArgument,
        fmt::format("\"{}\" is not an address to listen on: give an IP address (127.0.0.1 for this machine "
                    "alone, 0.0.0.0 or :: for all its addresses)",
                    host));
  return address;
}

Status check_options(const ServerOptions& options, const asio::ip::address& address) {
  const auto invalid = [](const char* message) { return Status(Code::kInvalidArgument, message); };
  if (!options.require_token && !address.is_loopback())
    return invalid(
        "a server without a token listens only on a loopback address (127.0.0.1 or ::1): set a bearer token, "
        "or listen there");
  if (options.require_token && options.tokens.empty())
    return invalid(
        "the server needs at least one bearer token, or to be told to go without on a loopback address");
  for (const std::string& token : options.tokens)
    if (options.require_token && trimmed(token).empty()) return invalid("a bearer token is empty");
  if (options.workers < 1 || options.io_threads < 1)
    return invalid("the server needs at least one thread of each kind");
  return {};
}

Status bind_failure(const error_code& error, const ServerOptions& options) {
  std::string message = fmt::format("cannot listen on {} port {}: ", options.host, options.port);
  if (error == asio::error::address_in_use)
    message += "another program holds this port; stop it, or choose another port (0 takes any free one)";
  else if (error == asio::error::access_denied)
    message += "not permitted; choose a port above 1023, or give the program the right to bind low ports";
  else if (error == boost::system::errc::address_not_available ||
           error == asio::error::address_family_not_supported)
    message += "this machine has no such address; use 127.0.0.1, or 0.0.0.0 for all its addresses";
  else
    message += "the system refused";
  return Status(Code::kUnavailable, std::move(message), error.message());
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options, Logger* logger)
      : context(std::move(options), logger),
        io(context.options.io_threads),
        acceptor(asio::make_strand(io)) {}

  Status listen(const asio::ip::address& address);
  asio::awaitable<void> accept();
  asio::awaitable<bool> accept_one();
  void serve();
  void stop();

  ConnectionContext context;
  asio::io_context io;
  tcp::acceptor acceptor;  // used on its strand once threads run
  std::unique_ptr<Core> owned_core;
  std::string url;
  std::uint16_t port = 0;
  std::mutex stop_mutex;
  bool stopped = false;
  std::vector<std::thread> threads;
};

Status Server::Impl::listen(const asio::ip::address& address) {
  const tcp::endpoint endpoint(address, context.options.port);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return bind_failure(error, context.options);
  port = acceptor.local_endpoint(error).port();
  url = address.is_v6() ? fmt::format("http://[{}]:{}", address.to_string(), port)
                        : fmt::format("http://{}:{}", address.to_string(), port);
  return {};
}

asio::awaitable<void> Server::Impl::accept() {
  for (bool more = true; more && !context.stopping;) {
    try {
      more = co_await accept_one();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

// False when the server stops.
asio::awaitable<bool> Server::Impl::accept_one() {
  error_code error;
  tcp::socket socket(asio::make_strand(io));
  co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
  if (context.stopping || error == asio::error::operation_aborted) co_return false;
  if (error) {  // no descriptors left, or the client is gone again: let others finish
    asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(50));
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    co_return true;
  }
  std::size_t open = 0;
  {
    const std::lock_guard lock(context.mutex);
    open = context.open.size();
  }
  if (open >= context.options.max_connections) {
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(kFull.data(), kFull.size()), error);  // a new socket's buffer has room
    socket.shutdown(tcp::socket::shutdown_send, error);
    co_return true;
  }
  socket.set_option(tcp::no_delay(true), error);
  std::make_shared<Connection>(std::move(socket), context)->start();
  co_return true;
}

// An I/O thread. What lacked memory is over; the others' work goes on.
void Server::Impl::serve() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

void Server::Impl::stop() {
  const std::lock_guard once(stop_mutex);
  if (stopped) return;
  stopped = true;
  context.stopping = true;
  const auto for_each_open = [this](void (Connection::*what)()) {
    const std::lock_guard lock(context.mutex);
    for (const auto& connection : context.open) (connection.get()->*what)();
  };
  const auto wait_for_end = [this](std::chrono::milliseconds limit) {
    std::unique_lock lock(context.mutex);
    return context.changed.wait_for(lock, limit, [this] { return context.open.empty(); });
  };
  std::promise<void> closed;
  asio::post(acceptor.get_executor(), [this, &closed] {
    error_code error;
    acceptor.close(error);
    closed.set_value();
  });
  closed.get_future().wait();  // whoever sees a connection end can rely on nobody being let in any more
  for_each_open(&Connection::close_if_idle);
  if (!wait_for_end(context.options.stop_timeout) && context.logger)
    context.logger->warn("stopping: requests did not finish within {} ms; their connections are closed",
                         context.options.stop_timeout.count());
  for_each_open(&Connection::close_now);
  context.queue.stop();
  // Without a work guard the io threads end when the last connection and the acceptor have nothing more to
  // wait for.
  for (std::thread& thread : threads) thread.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Logger* logger) {
  RAPPEL_ASSIGN(const asio::ip::address address, parse_host(options.host));
  RAPPEL_TRY(check_options(options, address));
  auto impl = std::make_unique<Impl>(std::move(options), logger);
  RAPPEL_TRY(impl->listen(address));
  asio::co_spawn(impl->acceptor.get_executor(), impl->accept(), asio::detached);
  for (int i = 0; i < impl->context.options.io_threads; ++i)
    impl->threads.emplace_back([&server = *impl] { server.serve(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port; }
std::string Server::url() const { return impl_->url; }

void Server::set_ready(Core& core) { impl_->context.service.set_core(&core); }

void Server::set_ready(Retrieval& retrieval) {
  impl_->owned_core = retrieval_core(retrieval);
  set_ready(*impl_->owned_core);
}

std::size_t Server::queries_under_way() const {
  return impl_->context.queue.under_way(WorkerQueue::Kind::kQuick);
}
void Server::stop() { impl_->stop(); }

}  // namespace rappel
