// Server: the plugin's HTTP interface over a Core. It parses and validates requests into typed inputs, checks
// the token, calls the core on a worker thread and renders the answer; it decides nothing about retrieval.
//
// start() binds, listens and returns at once; requests are served by threads of the server's own. Until
// set_ready() the endpoints that need the core answer 503, while /health, /ready and the documents are
// served: models can be loaded behind it. I/O threads only move bytes; parsing and computing happen on
// `workers` threads behind queues of `max_queue` requests. Every budget below, used up, gives a clear
// refusal: 413, 429 with Retry-After, 431, 503.
//
// stop() (and the destructor) stops accepting, lets requests in flight finish for `stop_timeout`, closes the
// rest, and returns when no thread of the server is left; a call inside the core is waited for, not
// interrupted. All methods may be called from any thread, stop() any number of times.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel {

class Core;
class Logger;
class MetricsText;
class Retrieval;

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IP address, or "localhost"
  std::uint16_t port = 8000;       // 0 = any free one; Server::port() tells which

  std::vector<std::string> tokens;  // any of them opens the server; compared in constant time
  bool require_token = true;        // false is refused unless `host` is a loopback address

  // Origins whose pages may call the server from a browser. "*" = any, without credentials, and only while a
  // token is required; without one a foreign page must be named here. An entry is scheme://host[:port].
  std::vector<std::string> cors_origins = {"*"};
  std::string public_url;  // "https://docs.example.org" in manifest, OpenAPI and redirects; empty = what the
                           // client used
  std::string version;     // shown by /health
  std::size_t max_top_k = 1000;

  // More members of /health's object, in order ({"device", "cpu (avx2, 2 threads)"}). Called on an I/O
  // thread: must be quick, must not block. One named "trouble" makes the status "degraded". No secrets:
  // /health needs no token.
  std::function<std::vector<std::pair<std::string, std::string>>()> health;

  // More families of GET /metrics. Called on an I/O thread: must be quick, must not block.
  std::function<void(MetricsText&)> metrics;

  int io_threads = 1;
  int workers = 32;            // requests computed at the same time, uploads on half of them
  std::size_t max_queue = 64;  // requests waiting for a worker; as many uploads
  std::size_t max_connections = 512;
  std::size_t max_header_bytes = std::size_t{16} << 10;
  std::size_t max_body_bytes = std::size_t{8} << 20;     // /query, /list, /delete
  std::size_t max_upload_bytes = std::size_t{64} << 20;  // /upsert, /upsert-file
  std::size_t max_pending_bytes = std::size_t{256}
                                  << 20;  // bodies held at the same time, all requests together
  std::size_t max_queries = 1000;         // in one request
  std::size_t max_documents = 100'000;    // in one request

  std::chrono::milliseconds idle_timeout{75'000};     // between requests of one connection
  std::chrono::milliseconds header_timeout{10'000};   // from a request's first byte to the end of its header
  std::chrono::milliseconds body_timeout{60'000};     // for the whole body
  std::chrono::milliseconds write_timeout{60'000};    // for the whole answer
  std::chrono::milliseconds request_timeout{60'000};  // waiting and computing; then 503
  std::chrono::milliseconds upload_timeout{600'000};  // the same for /upsert and /upsert-file
  std::chrono::milliseconds stop_timeout{10'000};
};

class Server {
 public:
  // kInvalidArgument: options that contradict each other (no token and none waived, an address that is none).
  // kUnavailable: the address cannot be bound; the message names it and what to do. `logger` may be null.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Logger* logger);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8000"

  // From now on requests reach the core, which must outlive stop(). Called once.
  void set_ready(Core& core);
  void set_ready(Retrieval& retrieval);

  // Requests other than uploads that wait for a worker or are computed.
  std::size_t queries_under_way() const;

  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rappel
