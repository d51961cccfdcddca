// Connection: one client's connection, plain or TLS, request after request. Only bytes, timeouts and budgets
// live here; the Router decides what a request means, and workers of the WorkerQueue compute the response.
//
// A Connection keeps itself alive until it is done; one of its handlers runs at a time. Requests of one
// connection are answered in order, so pipelining is safe. A request whose client leaves (client_watch.h) is
// given up. A streamed response (response.h) is sent while the worker writes it.
//
// An exception is a lack of memory: it ends the connection, with all that it has claimed, and no other.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
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

#include "base/byte_budget.h"
#include "server/http/call.h"
#include "server/http/client_stream.h"
#include "server/http/options.h"
#include "server/http/peer.h"
#include "server/http/refusal_log.h"
#include "server/http/request_body.h"
#include "server/http/router.h"
#include "server/http/worker_queue.h"

namespace rappel {

class Connection;

// State that the connections of one server share.
struct ConnectionContext {
  // `make_protocols` is called once, before anything is served.
  ConnectionContext(HttpOptions settings, Logger* log, const std::function<Protocols()>& make_protocols);

  const HttpOptions options;
  Logger* const logger;
  WorkerQueue queue;
  ByteBudget memory;  // of bodies and answers
  ByteBudget disk;    // of bodies in files
  Router router;
  RefusalLog refusals;
  ConnectionCount connections;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> turned_away{0};  // connections beyond the limits that are being told so
  std::atomic<std::size_t> in_request{0};   // connections whose request is not answered
  std::atomic<std::size_t> feeds{0};        // connections that a feed goes to
  std::atomic<std::uint64_t> failed_handshakes{0};
  bool may_feed() const { return feeds < std::max<std::size_t>(1, options.max_connections / 4); }

  // For new connections; null: plain. Any thread.
  std::shared_ptr<const TlsContext> tls() const;
  void set_tls(std::shared_ptr<const TlsContext> tls);

  std::mutex mutex;  // guards open
  std::condition_variable changed;
  std::unordered_set<std::shared_ptr<Connection>> open;

  boost::asio::thread_pool disk_thread{1};  // writes bodies to files; ends first

 private:
  mutable std::mutex tls_mutex_;
  std::shared_ptr<const TlsContext> tls_;  // guarded by tls_mutex_
};

inline constexpr std::chrono::milliseconds kLookInterval{100};  // at a client whose request is computed

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);
  ~Connection();

  // Puts it among context.open and serves until the client or the server ends it; a connection beyond the
  // limits is told so. Throws when there is no memory; the connection has left then.
  void start();
  // On its strand, or before it runs: closes the socket, gives up the call, and leaves context.open.
  void leave();
  // From any thread: ends it now if it waits for a request (it ends by itself after one otherwise), or
  // whatever it does.
  void close_if_idle();
  void close_now();
  bool admitted() const { return admitted_; }  // within the limits of connections

 private:
  using Parser = boost::beast::http::request_parser<RequestBody>;

  void abandon_call();
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> begin_tls(const TlsContext& tls);  // false: nothing is to be served
  boost::asio::awaitable<void> turn_away(const Refusal& refusal);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds duration);
  void record(const RequestHead& head, int status, std::chrono::duration<double> duration) const;
  void log_refusal(const RequestHead& head, int status, const Refusal& refusal) const;
  void log_handshake(bool silent) const;     // that failed; `silent`: without a byte from the client
  boost::asio::awaitable<bool> serve_one();  // false: nothing more is to be read
  boost::asio::awaitable<bool> await_request();
  boost::asio::awaitable<bool> answer_request(Parser& parser);
  boost::asio::awaitable<std::optional<Refusal>> read_header(Parser& parser);
  boost::asio::awaitable<bool> skip_body(Parser& parser);
  std::optional<Refusal> refuse_length(std::uint64_t length, const RequestHead& head,
                                       const Router::Plan& plan) const;
  boost::asio::awaitable<bool> invite(const Parser& parser);  // to send the body; false: the client is gone
  boost::asio::awaitable<std::optional<Refusal>> read_body(Parser& parser, const RequestHead& head,
                                                           const Router::Plan& plan,
                                                           const std::shared_ptr<Body>& body);
  boost::asio::awaitable<std::optional<Refusal>> read_at_least_slowly(Parser& parser,
                                                                      std::chrono::milliseconds limit,
                                                                      const std::shared_ptr<Body>& body);
  // On the thread that may wait for the disk.
  using BodyStep = Status (Body::*)();
  boost::asio::awaitable<std::optional<Refusal>> on_disk(std::shared_ptr<Body> body, BodyStep step);
  // The response to a request that has a plan; nothing when the client is gone.
  boost::asio::awaitable<std::optional<Response>> obtain(Parser& parser, const RequestHead& head,
                                                         const Router::Plan& plan);
  boost::asio::awaitable<std::optional<Response>> compute(const Router::Plan& plan, const RequestHead& head,
                                                          Parser& parser, std::shared_ptr<Body> body);
  enum class Outcome { kAnswered, kExpired, kClientGone, kClosed };
  boost::asio::awaitable<Outcome> wait_for_answer(Call& call, bool may_ask);
  boost::asio::awaitable<bool> send(const RequestHead& head, Response response, unsigned version,
                                    bool keep_alive);
  boost::asio::awaitable<bool> send_in_pieces(const RequestHead& head, Response response, unsigned version,
                                              bool keep_alive);
  boost::asio::awaitable<bool> send_stream(const RequestHead& head, Response response, unsigned version,
                                           bool keep_alive);
  boost::asio::awaitable<bool> send_feed(const RequestHead& head, Response response, unsigned version,
                                         bool keep_alive);
  boost::asio::awaitable<bool> feed_on(const Feed& feed, bool chunked);
  boost::asio::awaitable<bool> send_head(const RequestHead& head, Response& response, unsigned version,
                                         bool keep_alive);
  boost::asio::awaitable<bool> send_from_pipe(Call& call, bool chunked);
  boost::asio::awaitable<bool> send_piece(const std::string& bytes, bool chunked);
  boost::asio::awaitable<void> linger();

  // From now until disarm() or the next arm(), what is read or written is cancelled after `limit`.
  void arm(std::chrono::milliseconds limit);
  void disarm();
  void wait_for_limit(std::uint64_t number);
  std::optional<Refusal> refusal_for(const boost::system::error_code& error) const;

  ConnectionContext& context_;
  boost::asio::ip::tcp::socket& socket() { return stream_.socket(); }

  ClientStream stream_;
  boost::asio::steady_timer timer_;
  std::uint64_t armed_ =
      0;  // number of the current limit: one that has just run out must not cancel what comes next
  bool timed_out_ = false;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<Call> call_;  // the request that is computed or streamed
  Peer peer_;
  bool admitted_ = false;
  bool idle_ = false;
  bool closed_ = false;
  bool client_gone_ = false;
  bool unread_ = false;                              // part of a request was left in the socket
  std::uint64_t body_received_ = 0, body_sent_ = 0;  // bytes of the present request
  bool cut_ = false;                                 // a response was not sent to its end
};

}  // namespace rappel
