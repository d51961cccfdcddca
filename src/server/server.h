// Server: the HTTP server of `rappel serve`: the transport (http/), every protocol (protocols.cc) and the
// gate to the core, put together.
//
// start() binds, listens and returns at once. Until set_ready() the routes that need the core answer 503,
// while /health, /ready and the documents are served, so models can be loaded meanwhile. Stopping and threads
// are those of HttpServer (http/http_server.h). All methods may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "server/http/http_server.h"
#include "server/protocol_context.h"

namespace rappel {

class Core;

struct ServerOptions : HttpOptions, ProtocolOptions {};

class Server {
 public:
  // Fails as HttpServer::start() does. `logger` may be null.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Logger* logger);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return http_->port(); }
  std::string url() const { return http_->url(); }

  // From now on requests reach the core and the collections (may be null), which must outlive stop(). Called
  // once.
  void set_ready(Core& core, CollectionHost* collections = nullptr) { gate_.open(core, collections); }

  std::size_t in_request() const { return http_->in_request(); }
  std::size_t queries_under_way() const { return http_->queries_under_way(); }
  Status set_tokens(const std::vector<std::string>& tokens, const std::vector<KnownToken>& named) {
    RAPPEL_TRY(http_->set_tokens(tokens, named));
    gate_.set_holders(named);
    return {};
  }
  Status set_tls(std::shared_ptr<const TlsContext> tls) { return http_->set_tls(std::move(tls)); }
  StopReport stop() { return http_->stop(); }

 private:
  Server(ServerOptions options, Logger* logger);

  const ServerOptions options_;
  Logger* const logger_;
  CoreGate gate_;
  std::unique_ptr<HttpServer> http_;  // uses the two above
};

}  // namespace rappel
