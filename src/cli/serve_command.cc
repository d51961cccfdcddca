// rappel serve: loads the models, opens the store, and answers HTTP until it is told to stop.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <ostream>

#include "cli/command.h"
#include "cli/serve_metrics.h"
#include "cli/stop_signal.h"
#include "cli/workspace.h"
#include "config/settings.h"
#include "config/version.h"
#include "server/lazy_core.h"
#include "server/server.h"

namespace rappel {
namespace {

ServerOptions server_options(const Options& options) {
  const auto megabytes = [&](const char* name) {
    return static_cast<std::size_t>(options.integer(name)) << 20;
  };
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

// The models and the store: there when they are loaded, at the start or behind the first request.
class Serving {
 public:
  explicit Serving(const CommandContext& context) : context_(context) {}

  Result<std::unique_ptr<Core>> load() {
    RAPPEL_ASSIGN(auto workspace,
                  Workspace::open(context_, {.reranker = true, .chunking = true, .serving = true}));
    RAPPEL_TRY(workspace->retrieval().warm_up());
    RAPPEL_ASSIGN(const StoreStats stats, workspace->retrieval().stats());
    context_.logger->info("store: {} documents, {} chunks in {}", stats.documents, stats.chunks,
                          context_.options.text("RAPPEL_DATA_DIR"));
    const std::lock_guard lock(mutex_);
    workspace_ = std::move(workspace);
    loaded_ = workspace_.get();
    tell_engines();
    return retrieval_core(workspace_->retrieval(), [embedder = &workspace_->embedder()] {
      return embedder->health().lost ? Readiness::kFailed : Readiness::kReady;
    });
  }
  Workspace* loaded() const { return loaded_; }  // null before

  // For both engines (Scheduler::set_under_way), also those that are loaded later.
  void set_under_way(std::function<std::size_t()> queries) {
    const std::lock_guard lock(mutex_);
    under_way_ = std::move(queries);
    if (workspace_) tell_engines();
  }

 private:
  // Under the mutex.
  void tell_engines() {
    workspace_->embedder().set_under_way(under_way_);
    if (workspace_->reranker() != nullptr) workspace_->reranker()->set_under_way(under_way_);
  }

  const CommandContext& context_;
  std::mutex mutex_;  // a lazy load may still run when the server has stopped
  std::unique_ptr<Workspace> workspace_;
  std::atomic<Workspace*> loaded_{nullptr};  // workspace_, for those who must not block
  std::function<std::size_t()> under_way_;
};

using Facts = std::vector<HealthFact>;

Facts health_facts(const Options& options, Workspace* parts) {
  if (parts == nullptr) return {{"embedding_model", options.text("EMBEDDING_MODEL")}};
  const EncoderHealth embedder = parts->embedder().health();
  Facts facts{{"device", embedder.device}, {"embedding_model", parts->embedder().identity().name}};
  std::string trouble = embedder.trouble.empty() ? "" : "embedder: " + embedder.trouble;
  if (parts->reranker() != nullptr) {
    facts.push_back({"rerank_model", parts->reranker()->name()});
    const EncoderHealth reranker = parts->reranker()->health();
    if (!reranker.trouble.empty())
      trouble += (trouble.empty() ? "reranker: " : "; reranker: ") + reranker.trouble;
  }
  if (!trouble.empty()) facts.push_back({"trouble", trouble});
  return facts;
}

}  // namespace

int run_serve(CommandContext& context) {
  const Options& options = context.options;
  Logger& logger = *context.logger;
  if (const Status status = check_tokens(options, logger); !status.ok())
    return context.console.fail(kExitUsage, status);
  Serving serving(context);
  LazyCore lazy([&serving] { return serving.load(); }, &logger);
  std::unique_ptr<Core> preloaded;
  ServerOptions server_settings = server_options(options);
  server_settings.health = [&options, &serving] { return health_facts(options, serving.loaded()); };
  server_settings.metrics = [&serving](MetricsText& out) { write_serve_metrics(serving.loaded(), out); };
  // It listens before the models are there: a port that is taken shows at once, and probes have an answer.
  auto server = Server::start(std::move(server_settings), &logger);
  if (!server.ok()) return context.console.fail(kExitUsage, server.status());
  serving.set_under_way([&server = **server] { return server.queries_under_way(); });
  if (options.boolean("RAPPEL_LAZY")) {
    logger.info("the models are loaded by the first request that needs them");
  } else {
    auto loaded = serving.load();
    if (!loaded.ok()) return context.console.fail(kExitUsage, loaded.status());
    preloaded = std::move(loaded).value();
  }
  StopSignal stop;  // not before: a signal ends a load at once
  (*server)->set_ready(preloaded ? *preloaded : lazy);
  *context.console.out << "listening on " << (*server)->url() << std::endl;

  stop.wait();
  logger.info("stopping: requests in flight are finished");
  (*server)->stop();
  serving.set_under_way({});
  logger.info("stopped");
  return kExitOk;
}

}  // namespace rappel
