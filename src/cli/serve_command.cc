// rappel serve: loads the models, opens the store, and serves HTTP or HTTPS until SIGTERM or SIGINT. SIGHUP:
// serve_reload.h.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <ostream>

#include "access/audit_log.h"
#include "base/fault_id.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/serve_metrics.h"
#include "cli/serve_reload.h"
#include "cli/served_collections.h"
#include "cli/served_tokens.h"
#include "cli/stop_signal.h"
#include "cli/stop_watchdog.h"
#include "cli/workspace.h"
#include "config/settings.h"
#include "config/settings_report.h"
#include "config/tracing.h"
#include "doctor/server_answer.h"
#include "ingest/screen/text_judge.h"
#include "server/lazy_core.h"
#include "server/server.h"

namespace rappel {
namespace {

// The models and the store, once they are loaded: at the start, or by the first request.
class Serving {
 public:
  explicit Serving(const CommandContext& context) : context_(context) {}

  Result<std::unique_ptr<Core>> load() {
    RAPPEL_ASSIGN(auto workspace,
                  Workspace::open(context_, {.reranker = true, .chunking = true, .serving = true}));
    RAPPEL_TRY(workspace->retrieval().warm_up());
    RAPPEL_ASSIGN(const StoreStats stats, workspace->retrieval().stats());
    context_.logger->info("store: {}, {} in {}", count_text(stats.documents, "document"),
                          count_text(stats.chunks, "chunk"), workspace->store().location);
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

Facts health_facts(const Options& options, const StoreDescription& store, Workspace* parts) {
  // For token holders alone: a path names users and disks.
  const HealthFact place{store.fact, store.place, true};
  if (parts == nullptr) return {{"embedding_model", options.text("EMBEDDING_MODEL")}, place};
  const EncoderHealth embedder = parts->embedder().health();
  Facts facts{{"device", embedder.device}, {"embedding_model", parts->embedder().identity().name}};
  std::string trouble = embedder.trouble.empty() ? "" : "embedder: " + embedder.trouble;
  if (parts->reranker() != nullptr) {
    facts.push_back({"rerank_model", parts->reranker()->name()});
    const EncoderHealth reranker = parts->reranker()->health();
    if (!reranker.trouble.empty())
      trouble += (trouble.empty() ? "reranker: " : "; reranker: ") + reranker.trouble;
  }
  // Without its message, which names folders.
  if (const Status damage = parts->store_trouble(); !damage.ok())
    trouble += (trouble.empty() ? "" : "; ") + std::string("store: damaged, run `rappel store verify`") +
               fault_mark(damage.id());
  if (parts->index_health().degraded) {
    facts.push_back({"degraded", "index"});
    trouble += (trouble.empty() ? "" : "; ") +
               std::string("store: a part of the index is lost and being made again") +
               fault_mark("index-lost");
  }
  if (!trouble.empty()) facts.push_back({"trouble", trouble});
  facts.push_back(place);
  return facts;
}

std::vector<SettingFact> setting_facts(const Options& options) {
  std::vector<SettingFact> facts;
  for (const OptionValue& value : options.all())
    facts.push_back({.name = value.spec->name(),
                     .group = value.spec->group,
                     .value = shown_value(value),
                     .where = value.where,
                     .help = value.spec->help,
                     .is_default = value.origin == Origin::kDefault,
                     .is_secret = value.spec->secret});
  return facts;
}

// Null without AUDIT_LOG.
Result<std::shared_ptr<AuditLog>> open_audit(const Options& options, Logger& logger) {
  const std::string& path = options.text("AUDIT_LOG");
  if (path.empty()) return std::shared_ptr<AuditLog>();
  return AuditLog::open(path, &logger);
}

// Null for a datastore that has none.
std::unique_ptr<ServedCollections> served_collections(const CommandContext& context, const Serving& serving,
                                                      Core& core) {
  auto collections = Collections::beside(store_settings(context));
  if (!collections.ok()) return nullptr;
  return std::make_unique<ServedCollections>(
      context, *std::move(collections),
      [&serving, &core](const std::stop_token& cancel) -> Result<Workspace*> {
        RAPPEL_TRY(core.models(cancel).status());  // waits for a core that is loaded lazily
        return serving.loaded();
      },
      [&serving] { return serving.loaded(); });
}

void tell_transport(const Options& options, const TlsContext* tls, Logger& logger) {
  if (tls != nullptr)
    tell_certificate(*tls, "", logger);
  else if (speaks_in_the_clear(options))
    logger.warn(
        "listening on {} without TLS: tokens and documents can be read on the network; set TLS_CERT "
        "and TLS_KEY, or listen on 127.0.0.1 and put a reverse proxy with TLS before it (docs/operating.md)",
        options.text("RAG_HOST"));
}

// Beyond the grace of the requests: to end what they leave, and to close the store.
constexpr std::chrono::seconds kStopMargin{5};

// Traces of the last requests have so long to reach the collector.
constexpr std::chrono::seconds kTraceGrace{2};

// SIGALRM ends the process so much later: the line below needs memory, and a reader of standard error.
constexpr std::chrono::seconds kAlarmMargin{2};

void end_stuck_stop(const std::atomic<Server*>& server, const Options& options, Logger& logger) {
  try {
    const Server* const running = server.load();
    logger.error("stopping took longer than {} s, so the process ends at once; {} not answered",
                 options.integer("RAPPEL_STOP_TIMEOUT") + kStopMargin.count(),
                 count_text(running != nullptr ? running->in_request() : 0, "request"));
  } catch (const std::exception&) {
  }
  std::_Exit(kExitFailed);
}

void stop_server(Server& server, long long grace_s, Logger& logger) {
  logger.info(
      "stopping: no new connections; requests in flight have {} s to finish; a second signal ends the server "
      "at once",
      grace_s);
  const StopReport report = server.stop();
  if (report.cut > 0)
    logger.warn("stopped: {} {} cut after {} s", count_text(report.cut, "request"),
                report.cut == 1 ? "was" : "were", grace_s);
  else
    logger.info("stopped: no request was cut");
}

}  // namespace

int run_serve(CommandContext& context) {
  const Options& options = context.options;
  Logger& logger = *context.logger;
  if (const Status status = check_tokens(options, logger); !status.ok())
    return context.console.fail(kExitUsage, status);
  const auto store = describe_store(store_settings(context));
  if (!store.ok()) return context.console.fail(kExitUsage, store.status());
  std::atomic<Server*> running{nullptr};
  StopWatchdog watchdog([&] { end_stuck_stop(running, options, logger); });  // ends last
  ReloadSignal reload;  // from the beginning: SIGHUP never ends a server
  Serving serving(context);
  LazyCore lazy([&serving] { return serving.load(); }, &logger);
  std::unique_ptr<Core> preloaded;
  ServerOptions settings = server_settings(options);
  ServedTokens tokens(context);
  const auto named = tokens.known();
  if (!named.ok()) return context.console.fail(kExitUsage, named.status());
  settings.named_tokens = *named;
  settings.token_keeper = options.boolean("--no-auth") ? nullptr : &tokens;
  settings.settings = setting_facts(options);
  const auto tls = load_tls(options);
  if (!tls.ok()) return context.console.fail(kExitUsage, tls.status());
  settings.tls = *tls;
  tell_transport(options, tls->get(), logger);
  const auto tracer = make_tracer(context, &logger);
  if (!tracer.ok()) return context.console.fail(kExitUsage, tracer.status());
  settings.tracer = *tracer;
  const auto audit = open_audit(options, logger);
  if (!audit.ok()) return context.console.fail(kExitUsage, audit.status());
  settings.audit = *audit;
  if (const auto judge = text_judge(context); !judge.ok())
    return context.console.fail(kExitUsage, judge.status());
  else if (*judge != nullptr)
    settings.make_judge = [&context] { return std::shared_ptr<TextJudge>(*text_judge(context)); };
  settings.health = [&options, &serving, &store = *store] {
    return health_facts(options, store, serving.loaded());
  };
  settings.metrics = [&serving](MetricsText& out) { write_serve_metrics(serving.loaded(), out); };
  std::unique_ptr<ServedCollections> collections;  // outlives the server, whose workers may still use it
  // It listens before the models are loaded: a port that is taken shows at once, and probes get a response.
  auto server = Server::start(std::move(settings), &logger);
  if (!server.ok())
    return context.console.fail(kExitUsage, name_holder_of_port(server.status(), options, store->place, {}));
  running = server->get();
  serving.set_under_way([&server = **server] { return server.queries_under_way(); });
  if (options.boolean("RAPPEL_LAZY")) {
    logger.info("the models are loaded by the first request that needs them");
  } else {
    auto loaded = serving.load();
    if (!loaded.ok()) return context.console.fail(kExitUsage, loaded.status());
    preloaded = std::move(loaded).value();
  }
  const std::chrono::seconds grace(options.integer("RAPPEL_STOP_TIMEOUT"));
  // Not before: a signal ends a load at once.
  StopSignal stop(static_cast<unsigned>((grace + kStopMargin + kAlarmMargin).count()));
  collections = served_collections(context, serving, preloaded ? *preloaded : lazy);
  (*server)->set_ready(preloaded ? *preloaded : lazy, collections.get());
  *context.console.out << "listening on " << (*server)->url() << std::endl;

  tokens.serve(server->get());
  ServeReload reloading(context, **server, audit->get(), tokens);
  while (!stop.raised()) {
    try {
      if (reload.take()) reloading.run();
    } catch (const std::bad_alloc&) {  // all stays as it is, and the server goes on
    }
    stop.wait();
  }
  watchdog.arm(grace + kStopMargin);
  stop_server(**server, grace.count(), logger);
  tokens.serve(nullptr);
  if (*tracer) (*tracer)->stop(kTraceGrace);
  serving.set_under_way({});
  running = nullptr;
  return kExitOk;
}

}  // namespace rappel
