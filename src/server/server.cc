#include "server/server.h"

#include <utility>

#include "server/protocols.h"

namespace rappel {

Server::Server(ServerOptions options, Logger* logger)
    : options_(std::move(options)), logger_(logger), gate_(logger) {
  gate_.set_holders(options_.named_tokens);
}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Logger* logger) {
  std::unique_ptr<Server> server(new Server(std::move(options), logger));
  const auto protocols = [&server = *server](const HttpServer::Metrics& metrics) {
    const ServerOptions& all = server.options_;
    const std::string& url = all.document_url.empty() ? all.public_url : all.document_url;
    return make_protocols({all, url, server.gate_, metrics, server.logger_});
  };
  RAPPEL_ASSIGN(server->http_, HttpServer::start(server->options_, protocols, logger));
  return server;
}

}  // namespace rappel
