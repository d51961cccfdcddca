// rappel serve: loads the models, opens the store, and answers HTTP until it is told to stop.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/serve_metrics.h"
#include "cli/stop_signal.h"
#include "cli/version.h"
#include "cli/workspace.h"
#include "server/server.h"

namespace rappel {
namespace {

// The system this replaces wrote this token into every new installation.
constexpr char kOldDefaultToken[] = "change-me-after-install";
constexpr std::size_t kShortToken = 16;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

// The server checks this too, but only after minutes of loading.
Status check_tokens(const Options& options, Logger& logger) {
  const auto& tokens = options.items("BEARER_TOKEN");
  const bool no_auth = options.boolean("--no-auth");
  if (no_auth && !is_loopback(options.text("RAG_HOST")))
    return Status(Code::kInvalidArgument, "--no-auth is for a loopback address only; " + options.text("RAG_HOST") +
                                              " can be reached from elsewhere: set BEARER_TOKEN instead");
  if (no_auth) {
    logger.warn("--no-auth: every user and program of this machine may read and change the documents");
    return {};
  }
  if (tokens.empty())
    return Status(Code::kInvalidArgument,
                  "BEARER_TOKEN is not set: put a long random token into .env (for example `openssl rand -hex 32`), or "
                  "use --no-auth on a loopback address");
  for (const std::string& token : tokens) {
    if (token == kOldDefaultToken)
      return Status(Code::kInvalidArgument, std::string("BEARER_TOKEN is the well-known ") + kOldDefaultToken +
                                                ": replace it by a random one (for example `openssl rand -hex 32`)");
    if (token.size() < kShortToken)
      logger.warn("a token of BEARER_TOKEN is only {} characters long and may be guessed", token.size());
  }
  return {};
}

ServerOptions server_options(const Options& options) {
  const auto megabytes = [&](const char* name) { return static_cast<std::size_t>(options.integer(name)) << 20; };
  const auto count = [&](const char* name) { return static_cast<std::size_t>(options.integer(name)); };
  ServerOptions server;
  server.host = options.text("RAG_HOST");
  server.port = static_cast<std::uint16_t>(options.integer("RAG_PORT"));
  server.require_token = !options.boolean("--no-auth");
  if (server.require_token) server.tokens = options.items("BEARER_TOKEN");
  server.cors_origins = options.items("RAPPEL_CORS_ORIGINS");
  server.public_url = options.text("RAPPEL_PUBLIC_URL");
  server.version = kVersion;
  server.workers = static_cast<int>(options.integer("RAPPEL_WORKERS"));
  server.max_queue = count("RAPPEL_MAX_QUEUE");
  server.max_connections = count("RAPPEL_MAX_CONNECTIONS");
  server.max_body_bytes = megabytes("RAPPEL_MAX_BODY_MB");
  server.max_upload_bytes = megabytes("RAPPEL_MAX_UPLOAD_MB");
  server.max_pending_bytes = std::max(server.max_pending_bytes, 4 * server.max_upload_bytes);
  server.request_timeout = std::chrono::seconds(options.integer("RAPPEL_REQUEST_TIMEOUT"));
  server.upload_timeout = 10 * server.request_timeout;
  return server;
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts health_facts(Workspace& parts) {
  const EncoderHealth embedder = parts.embedder().health();
  Facts facts{{"device", embedder.device}, {"embedding_model", parts.embedder().identity().name}};
  std::string trouble = embedder.trouble.empty() ? "" : "embedder: " + embedder.trouble;
  if (parts.reranker() != nullptr) {
    facts.emplace_back("rerank_model", parts.reranker()->name());
    const EncoderHealth reranker = parts.reranker()->health();
    if (!reranker.trouble.empty()) trouble += (trouble.empty() ? "reranker: " : "; reranker: ") + reranker.trouble;
  }
  if (!trouble.empty()) facts.emplace_back("trouble", trouble);
  return facts;
}

}  // namespace

int run_serve(CommandContext& context) {
  const Options& options = context.options;
  Logger& logger = *context.logger;
  if (const Status status = check_tokens(options, logger); !status.ok()) return context.console.fail(kExitUsage, status);
  const auto workspace = Workspace::open(context, {.reranker = true, .chunking = true, .serving = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  Workspace& parts = **workspace;
  const auto stats = parts.retrieval().stats();
  if (!stats.ok()) return context.console.fail(kExitUsage, stats.status());
  logger.info("store: {} documents, {} chunks in {}", (*stats).documents, (*stats).chunks, options.text("RAPPEL_DATA_DIR"));

  ServerOptions server_settings = server_options(options);
  server_settings.health = [&parts] { return health_facts(parts); };
  server_settings.metrics = [&parts](MetricsText& out) { write_serve_metrics(parts, out); };
  StopSignal stop;
  auto server = Server::start(std::move(server_settings), &logger);
  if (!server.ok()) return context.console.fail(kExitUsage, server.status());
  const auto under_way = [&server = **server] { return server.queries_under_way(); };
  parts.embedder().set_under_way(under_way);
  if (parts.reranker() != nullptr) parts.reranker()->set_under_way(under_way);
  (*server)->set_ready(parts.retrieval());
  *context.console.out << "listening on " << (*server)->url() << std::endl;

  stop.wait();
  logger.info("stopping: requests in flight are finished");
  (*server)->stop();
  parts.embedder().set_under_way({});
  if (parts.reranker() != nullptr) parts.reranker()->set_under_way({});
  logger.info("stopped");
  return kExitOk;
}

}  // namespace rappel
