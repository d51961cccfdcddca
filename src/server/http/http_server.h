// HttpServer: the transport. It accepts connections, reads requests within its budgets, checks tokens, has
// the protocols' handlers called on worker threads, and sends what they answer. It knows no protocol and
// nothing of retrieval.
//
// start() binds, listens and returns at once; requests are served by threads of the server's own. I/O threads
// only move bytes; handlers run on `workers` threads behind queues of `max_queue` requests.
//
// stop() (and the destructor) stops accepting, lets requests in flight finish for `stop_timeout`, closes the
// rest, and returns when no thread of the server is left; a call inside a handler is asked to stop
// (Request::abandoned) and waited for. All methods may be called from any thread, stop() any number of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "server/http/options.h"
#include "server/http/protocol.h"

namespace rappel {

class Logger;
class MetricsText;

struct StopReport {
  std::size_t cut = 0;  // requests that had not been answered when the grace period ended
};

class HttpServer {
 public:
  // Writes the transport's own families; quick; to be called while the server lives.
  using Metrics = std::function<void(MetricsText&)>;
  // Called once, before the server listens.
  using MakeProtocols = std::function<Protocols(const Metrics& metrics)>;

  // kInvalidArgument: options that contradict each other (no token and none waived, an address that is none).
  // kUnavailable: the address cannot be bound; the message names it and what to do ("port-taken" when another
  // program listens there). `logger` may be null.
  static Result<std::unique_ptr<HttpServer>> start(HttpOptions options, const MakeProtocols& make_protocols,
                                                   Logger* logger);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8000", or https with TLS

  // Requests that have begun to arrive and whose response is not sent. Takes no lock.
  std::size_t in_request() const;
  // Requests other than uploads that wait for a worker or are computed.
  std::size_t queries_under_way() const;

  // From now on these tokens open the server. kInvalidArgument, and nothing changes, when they would not do.
  Status set_tokens(const std::vector<std::string>& tokens, const std::vector<KnownToken>& named);

  // For connections that begin from now on; others keep theirs. kInvalidArgument: the server was started
  // without TLS.
  Status set_tls(std::shared_ptr<const TlsContext> tls);

  StopReport stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
