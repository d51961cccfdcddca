#include "server/jobs/jobs.h"

#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/input/idempotency.h"
#include "server/jobs/job_feed.h"
#include "server/jobs/job_input.h"
#include "server/jobs/job_json.h"
#include "server/jobs/job_table.h"
#include "server/jobs/job_workers.h"

namespace rappel {
namespace {

constexpr std::size_t kMostResults = 1000;  // in one response

class Jobs : public Protocol {
 public:
  explicit Jobs(const ProtocolContext& context);

  std::string_view name() const override { return "jobs"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/jobs/"}; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  // The documents of the old local server speak of no token and of no jobs.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("jobs-api.json"); }

 private:
  using Handler = Response (Jobs::*)(const Request&) const;
  Route route(std::string_view path, Method method, Work work, Handler handler) const;

  Response ingest(const Request& request) const;
  Response list(const Request& request) const;
  Response show(const Request& request) const;
  Response remove(const Request& request) const;
  Response events(const Request& request) const;

  // The jobs, opened by the first call; null: they cannot be used, and the log has said why.
  JobTable* table() const;
  bool open() const;
  // Null, or the response to a request that names no job of its token.
  std::optional<Response> no_such_job(const Request& request) const;
  Response make(const Request& request, JobInput& input, JobTable& jobs) const;

  const CoreGate& gate_;
  Logger* const logger_;
  const JobOptions options_;
  const bool local_;
  const JobBounds bounds_;
  const ProtocolOptions& all_options_;
  mutable std::mutex mutex_;  // guards the opening
  mutable bool opened_ = false;
  mutable std::unique_ptr<JobTable> table_;
  mutable std::unique_ptr<JobWorkers> workers_;  // uses table_
  std::vector<Route> routes_;
};

JobBounds bounds_of(const ProtocolOptions& options) {
  return {options.max_files * 10, options.max_documents, options.jobs.max_json_bytes};
}

// The number `name` of "?offset=3&limit=5".
std::size_t query_number(std::string_view query, std::string_view name, std::size_t fallback) {
  const std::string_view digits = query_member(query, name).value_or("");
  std::size_t value = 0;
  const bool read = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc();
  return read ? value : fallback;
}

std::string id_of(const Request& request) { return std::string(request.head.parameter("id")); }

bool may_see(const Principal& principal, const JobView& job) {
  return principal.sees_all() || principal.id == job.owner;
}

Response view_response(const JobView& view, int status = 200) {
  JsonWriter out;
  write_view(out.begin_object(), view);
  return Response::json(out.end_object().take(), status)
      .with("location", "/jobs/" + view.id)
      .with("cache-control", "no-store");
}

// Ends a claimed key and a reserved place unless the job came to be.
class Reservation {
 public:
  Reservation(JobTable& table, const JobSpec& spec, FlowId flow) : table_(table), spec_(spec), flow_(flow) {}
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    if (reserved)
      table_.give_up(spec_, flow_);
    else if (claimed)
      table_.release_key(spec_.key);
  }
  bool claimed = false, reserved = false;

 private:
  JobTable& table_;
  const JobSpec& spec_;
  const FlowId flow_;
};

Jobs::Jobs(const ProtocolContext& context)
    : gate_(context.gate),
      logger_(context.logger),
      options_(context.options.jobs),
      local_(context.options.local),
      bounds_(bounds_of(context.options)),
      all_options_(context.options) {
  routes_ = {
      route("/jobs/ingest", Method::kPost, Work::kFiles, &Jobs::ingest),
      route("/jobs", Method::kGet, Work::kAtOnce, &Jobs::list),
      route("/jobs/{id}", Method::kGet, Work::kAtOnce, &Jobs::show),
      route("/jobs/{id}", Method::kDelete, Work::kQuick, &Jobs::remove),
      route("/jobs/{id}/events", Method::kGet, Work::kAtOnce, &Jobs::events),
  };
  std::error_code ignored;
  if (std::filesystem::exists(options_.folder, ignored)) (void)table();  // goes on with what is there
}

Route Jobs::route(std::string_view path, Method method, Work work, Handler handler) const {
  return {path,
          {method},
          work,
          Access::kToken,
          [this, handler](const Request& request) { return (this->*handler)(request); },
          [this, work](const RequestHead& head) -> std::optional<Refusal> {
            return work == Work::kFiles ? gate_.refuse_early(head) : std::nullopt;
          },
          Scope::kWrite};
}

JobTable* Jobs::table() const {
  const std::lock_guard lock(mutex_);
  if (!opened_) opened_ = open();
  return opened_ ? table_.get() : nullptr;
}

bool Jobs::open() const {
  if (options_.folder.empty()) return false;
  JobLimits limits;
  limits.unfinished = options_.max_unfinished;
  limits.bytes = options_.max_bytes;
  limits.keep = options_.keep;
  table_ = std::make_unique<JobTable>(options_.folder, limits, logger_);
  if (const Status opened = table_->open(); !opened.ok()) {
    if (logger_ != nullptr) logger_->error("jobs cannot be used: {}", opened.to_string());
    return false;
  }
  workers_ = std::make_unique<JobWorkers>(*table_, gate_, limits.workers, all_options_);
  return true;
}

Response Jobs::ingest(const Request& request) const {
  JobTable* const jobs = table();
  if (jobs == nullptr)
    return refuse(
        {Refusal::Reason::kNotReady, "Jobs cannot be used, the server's log says why", kOperatorSeconds});
  if (!usable_idempotency_key(request.head.header("idempotency-key"))) return unusable_key_response();
  auto input = read_job_input(request, bounds_);
  if (auto* refusal = std::get_if<Response>(&input)) return std::move(*refusal);
  auto& read = std::get<JobInput>(input);
  if (const Status known = gate_.check_collection(request.head); !known.ok())
    return plugin_refusal(gate_.refuse(request.head, known));
  read.spec.owner = request.head.principal->id;
  read.spec.collection = request.head.collection;
  read.spec.key = idempotency_key(request.head);
  if (!read.spec.key.empty()) read.spec.fingerprint = read.fingerprint();
  return make(request, read, *jobs);
}

Response Jobs::make(const Request& request, JobInput& input, JobTable& jobs) const {
  const FlowId flow = request.head.flow();
  Reservation reservation(jobs, input.spec, flow);
  if (!input.spec.key.empty()) {
    const auto known = jobs.claim(input.spec.key, input.spec.fingerprint);
    if (const auto* refusal = std::get_if<Refusal>(&known)) return refuse(*refusal);
    if (const auto* view = std::get_if<JobView>(&known)) return view_response(*view);
    reservation.claimed = true;
  }
  if (const auto refusal = jobs.reserve(input.spec, flow)) return refuse(*refusal);
  reservation.reserved = true;
  if (const Status made = jobs.folder().create(input.spec, input.write); !made.ok()) {
    if (logger_ != nullptr) logger_->error("cannot keep a job: {}", made.to_string());
    return refuse(made.id() == "disk-full"
                      ? disk_full_refusal()
                      : Refusal{Refusal::Reason::kNotReady,
                                "The job cannot be kept, the server's log says why", kOperatorSeconds});
  }
  reservation.reserved = reservation.claimed = false;
  return view_response(jobs.publish(std::move(input.spec), flow), 202);
}

Response Jobs::list(const Request& request) const {
  JsonWriter out;
  out.begin_object().key("jobs").begin_array();
  if (const JobTable* jobs = table())
    for (const JobView& view : jobs->list()) {
      if (!may_see(*request.head.principal, view)) continue;
      write_view(out.begin_object(), view);
      out.end_object();
    }
  return Response::json(out.end_array().end_object().take()).with("cache-control", "no-store");
}

std::optional<Response> Jobs::no_such_job(const Request& request) const {
  const JobTable* const jobs = table();
  const auto view = jobs != nullptr ? jobs->view(id_of(request)) : std::nullopt;
  if (view && may_see(*request.head.principal, *view)) return std::nullopt;
  return Response::detail(404, "There is no such job, or it was forgotten after its end");
}

Response Jobs::show(const Request& request) const {
  if (auto missing = no_such_job(request)) return std::move(*missing);
  const auto view = table()->view(id_of(request));
  if (!view) return *no_such_job(request);
  const std::string_view query = request.head.query_string;
  const std::size_t limit = std::min(query_number(query, "limit", kMostResults), kMostResults);
  JsonWriter out;
  write_view(out.begin_object(), *view);
  out.key("results").begin_array();
  for (const JobResult& result : table()->results(view->id, query_number(query, "offset", 0), limit)) {
    write_job_result(out.begin_object(), result);
    out.end_object();
  }
  return Response::json(out.end_array().end_object().take()).with("cache-control", "no-store");
}

Response Jobs::remove(const Request& request) const {
  if (auto missing = no_such_job(request)) return std::move(*missing);
  const auto view = table()->remove(id_of(request));
  return view ? view_response(*view) : *no_such_job(request);
}

Response Jobs::events(const Request& request) const {
  if (auto missing = no_such_job(request)) return std::move(*missing);
  const std::string seen = "?seen=" + std::string(request.head.header("last-event-id"));
  return job_feed(*table(), id_of(request), query_number(seen, "seen", 0));
}

}  // namespace

std::unique_ptr<Protocol> jobs_protocol(const ProtocolContext& context) {
  return std::make_unique<Jobs>(context);
}

}  // namespace rappel
