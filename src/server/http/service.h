// Service: the server without its sockets. It decides from a request's header whether a body is wanted at
// all, and turns header and body into an answer. Routes are one table at the head of service.cc.
//
// admit() is quick and is called on I/O threads; run() computes and is called on worker threads. Both from
// any thread at the same time. Nothing thrown, no cause of a failure, reaches an answer: causes go to the
// logger.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <variant>

#include "server/core.h"
#include "server/http/auth.h"
#include "server/http/http_metrics.h"
#include "server/http/http_types.h"
#include "server/http/server.h"
#include "server/http/worker_queue.h"
#include "server/plugin/requests.h"
#include "server/plugin/served_files.h"

namespace rappel {

struct Route;

class Service {
 public:
  Service(const ServerOptions& options, Logger* logger);

  // A request that may send its body, up to max_body bytes, and be computed within `timeout`.
  struct Plan {
    const Route* route;
    std::size_t max_body;
    std::chrono::milliseconds timeout;
    WorkerQueue::Kind kind;
  };
  std::variant<Plan, Answer> admit(const RequestHead& head) const;

  // `abandoned` is asked to stop when nobody waits for the answer any more.
  struct Request {
    const RequestHead& head;
    std::string body;
    std::stop_token abandoned = {};
  };
  Answer run(const Plan& plan, const Request& request) const;

  // Adds what every answer carries: CORS and the headers that keep browsers from guessing.
  void finish(const RequestHead& head, Answer& answer) const;

  void set_core(Core* core) { core_.store(core); }

  // The queue whose depth /metrics tells and Retry-After is made of. Before the first request; must outlive
  // the service's requests.
  void set_queue(const WorkerQueue* queue) { queue_ = queue; }

  // For /metrics. `status` is the answer's, or HttpMetrics::kClientGone.
  void record(const RequestHead& head, int status, std::chrono::duration<double> duration);

  // Handlers; the table names them.
  Answer upsert(Core& core, const Request& request) const;
  Answer upsert_file(Core& core, const Request& request) const;
  Answer query(Core& core, const Request& request) const;
  Answer remove(Core& core, const Request& request) const;
  Answer list(Core& core, const Request& request) const;
  Answer health(const RequestHead& head) const;
  Answer ready(const RequestHead& head) const;
  Answer metrics(const RequestHead& head) const;
  Answer document(const RequestHead& head) const;

 private:
  Answer preflight(const RequestHead& head) const;
  Answer no_such_path(const RequestHead& head) const;
  Answer failure(const RequestHead& head, const Status& status) const;
  Readiness readiness() const;

  const ServerOptions& options_;
  Logger* logger_;
  Auth auth_;
  ServedFiles files_;
  RequestBounds bounds_;
  HttpMetrics metrics_;
  const WorkerQueue* queue_ = nullptr;
  std::atomic<Core*> core_{nullptr};
};

}  // namespace rappel
