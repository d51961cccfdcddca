// Router: the transport without its sockets. It finds the route of a request among those of all protocols,
// decides from the head whether a body is wanted at all, and has every refusal written by the protocol whose
// path was asked for.
//
// A path of no protocol is refused in the shape of the protocol with that prefix, else of the first one. A
// trailing slash is answered with a redirect to the path without it, or ignored, as the protocol of that path
// asks. admit() is quick and is called on I/O
// threads; run() computes and is called on worker threads. All methods may be called from any thread at the
// same time. No cause of a failure reaches a client: causes go to the logger.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/http/access_log.h"
#include "server/http/auth.h"
#include "server/http/http_metrics.h"
#include "server/http/options.h"
#include "server/http/protocol.h"
#include "server/http/worker_queue.h"
#include "server/http/wrong_tokens.h"

namespace rappel {

class Logger;

class Router {
 public:
  // `protocols`: at least one; no two routes have a path and a method in common. `logger` may be null.
  Router(const HttpOptions& options, Protocols protocols, Logger* logger);

  // A request that may send its body, up to max_body bytes, and be computed within `timeout`.
  struct Plan {
    const Protocol* protocol;
    const Route* route;
    std::size_t max_body;
    std::chrono::milliseconds timeout;
    std::chrono::milliseconds arrival;  // at most, of the body
    WorkerQueue::Kind kind;
    std::size_t body_copies;  // counted beyond the body itself while it is computed
    bool in_file;             // the body may lie in a file
  };
  // Collapses repeated slashes of head.path and removes one at its end that is ignored; sets what RequestHead
  // says of the router.
  std::variant<Plan, Response> admit(RequestHead& head);
  Response run(const Plan& plan, const Request& request) const;

  // The refusal as the protocol of that path writes it.
  Response refuse(std::string_view path, const Refusal& refusal) const;
  // Adds what every response carries: CORS, the request's id, and the headers that keep browsers from
  // guessing.
  void finish(const RequestHead& head, Response& response) const;

  // Replaces the tokens; requests that are under way are not looked at again. `tokens` is not empty where a
  // token is required.
  void set_tokens(const std::vector<std::string>& tokens, const std::vector<KnownToken>& named);

  // For /metrics, the access log and the audit log.
  void record(const RequestHead& head, const RequestOutcome& outcome);
  const HttpMetrics& metrics() const { return metrics_; }
  std::uint64_t wrong_tokens() const { return wrong_tokens_.total(); }

 private:
  struct Entry {
    const Protocol* protocol;
    const Route* route;
  };
  // The routes of a path, of any protocol: those that name it, else those whose parameters fit the path as it
  // was escaped.
  std::vector<Entry> find(std::string_view path, std::string_view escaped_path) const;
  std::vector<Entry> find(std::string_view path) const { return find(path, path); }
  std::vector<Entry> find(const RequestHead& head) const;
  void drop_ignored_slash(RequestHead& head) const;
  bool is_named(std::string_view path) const;
  const Protocol& protocol_of(std::string_view path) const;
  std::shared_ptr<const Auth> auth() const;
  Plan plan_of(const Entry& entry, const RequestHead& head) const;
  void slow_down(RequestHead& head);
  // Sets the caller of a route that asks for one; its refusal, if there is one.
  std::optional<Refusal> identify(const Route& route, RequestHead& head);
  std::optional<Refusal> refuse_rate(const Principal& principal);
  std::string request_id(const RequestHead& head);
  void audit(const RequestHead& head, std::string_view route, const RequestOutcome& outcome) const;
  Response handle(const Protocol& protocol, const Route& route, const Request& request) const;
  Response preflight(const RequestHead& head) const;
  Response no_such_path(const RequestHead& head) const;

  const HttpOptions& options_;
  const Protocols protocols_;
  Logger* const logger_;
  std::vector<Entry> entries_;
  HttpMetrics metrics_;
  WrongTokens wrong_tokens_;
  TokenRates rates_;
  const std::string id_prefix_;  // of request ids, new with each start
  std::atomic<std::uint64_t> next_id_{1};
  mutable std::mutex auth_mutex_;
  std::shared_ptr<const Auth> auth_;  // guarded by auth_mutex_
};

using PathParameters = std::vector<std::pair<std::string, std::string>>;
// The parameters of a path that fits the pattern ("/jobs/{id}"), or nothing. The path has its escapes.
std::optional<PathParameters> match_path(std::string_view pattern, std::string_view escaped_path);

// "/c/notes/query" -> "/query" of the collection "notes"; see RequestHead::collection.
void take_collection(RequestHead& head);

// "//query" -> "/query".
std::string collapse_slashes(std::string_view path);

}  // namespace rappel
