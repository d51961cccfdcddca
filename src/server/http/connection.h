// Connection: one client's TCP connection, request after request. Only bytes, timeouts and budgets live here;
// the Router decides what a request means, and workers of the WorkerQueue compute the response.
//
// A Connection keeps itself alive until it is done; it runs on a strand of its own. Requests of one
// connection are answered in order, so pipelining is safe. A request whose client leaves (client_watch.h) is
// given up. A streamed response (response.h) is sent while the worker writes it.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "server/http/call.h"
#include "server/http/options.h"
#include "server/http/router.h"
#include "server/http/worker_queue.h"

namespace rappel {

class Connection;

// State that the connections of one server share.
struct ConnectionContext {
  // `make_protocols` is called once, before anything is served.
  ConnectionContext(HttpOptions settings, Logger* log, const std::function<Protocols()>& make_protocols)
      : options(std::move(settings)),
        logger(log),
        queue(options.workers, options.max_queue),
        router(options, make_protocols(), log) {}

  const HttpOptions options;
  Logger* const logger;
  WorkerQueue queue;
  Router router;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> pending_bytes{0};  // of bodies held

  std::mutex mutex;  // guards open
  std::condition_variable changed;
  std::unordered_set<std::shared_ptr<Connection>> open;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);

  // Puts it among context.open and serves until the client or the server ends it.
  void start();
  // From any thread: ends it now if it waits for a request (it ends by itself after one otherwise), or
  // whatever it does.
  void close_if_idle();
  void close_now();
  // From any thread: a request has begun to arrive and its response is not sent.
  bool in_request() const { return in_request_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void leave();
  void abandon_call();
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> serve_one();  // false: nothing more is to be read
  boost::asio::awaitable<bool> await_request();
  boost::asio::awaitable<bool> answer_request(Parser& parser);
  boost::asio::awaitable<std::optional<Refusal>> read_header(Parser& parser);
  boost::asio::awaitable<bool> skip_body(Parser& parser);
  boost::asio::awaitable<std::optional<Refusal>> read_body(Parser& parser, const Router::Plan& plan,
                                                           Reservation& reservation);
  // The response to a request that has a plan; nothing when the client is gone.
  boost::asio::awaitable<std::optional<Response>> obtain(Parser& parser, const RequestHead& head,
                                                         const Router::Plan& plan);
  boost::asio::awaitable<std::optional<Response>> compute(const Router::Plan& plan, const RequestHead& head,
                                                          Parser& parser, Reservation reservation);
  enum class Outcome { kAnswered, kExpired, kClientGone, kClosed };
  boost::asio::awaitable<Outcome> wait_for_answer(Call& call, bool may_ask);
  boost::asio::awaitable<bool> send(const RequestHead& head, Response response, unsigned version,
                                    bool keep_alive);
  boost::asio::awaitable<bool> send_stream(const RequestHead& head, Response response, unsigned version,
                                           bool keep_alive);
  boost::asio::awaitable<bool> send_pieces(Call& call, bool chunked);
  boost::asio::awaitable<bool> send_piece(const std::string& bytes, bool chunked, const Call& call);
  boost::asio::awaitable<void> linger();

  // From now until disarm() or the next arm(), what is read or written is cancelled after `limit`.
  void arm(std::chrono::milliseconds limit);
  void disarm();
  void wait_for_limit(std::uint64_t number);
  std::optional<Refusal> refusal_for(const boost::system::error_code& error) const;

  ConnectionContext& context_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::uint64_t armed_ =
      0;  // number of the current limit: one that has just run out must not cancel what comes next
  bool timed_out_ = false;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<Call> call_;  // the request that is computed or streamed
  std::atomic<bool> in_request_{false};
  bool idle_ = false;
  bool closed_ = false;
  bool client_gone_ = false;
  bool unread_ = false;  // part of a request was left in the socket
};

}  // namespace rappel
