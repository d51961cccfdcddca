#include "server/http/service.h"

#include <fmt/format.h>
#include <algorithm>

#include <optional>

#include "base/log.h"
#include "server/http/json_writer.h"
#include "server/plugin/responses.h"
#include "server/plugin/upload.h"

namespace rappel {

using AtOnceHandler = Answer (Service::*)(const RequestHead&) const;
using CoreHandler = Answer (Service::*)(Core&, const Service::Request&) const;

enum class BodyKind { kNone, kSmall, kUpload };

// A row per path and set of methods. With `core` the body is read and a worker computes; with `at_once` the
// header is enough, and an I/O thread answers.
struct Route {
  std::string_view path;
  Method first;
  Method second;  // == first where there is one
  BodyKind body;
  bool token;  // is asked for
  CoreHandler core;
  AtOnceHandler at_once;
};

namespace {

constexpr Route api(std::string_view path, Method first, Method second, BodyKind body, CoreHandler handler) {
  return {path, first, second, body, true, handler, nullptr};
}
constexpr Route get(std::string_view path, AtOnceHandler handler, bool token = false) {
  return {path, Method::kGet, Method::kHead, BodyKind::kNone, token, nullptr, handler};
}

constexpr Route kRoutes[] = {
    api("/upsert", Method::kPost, Method::kPost, BodyKind::kUpload, &Service::upsert),
    api("/upsert-file", Method::kPost, Method::kPost, BodyKind::kUpload, &Service::upsert_file),
    api("/query", Method::kPost, Method::kPost, BodyKind::kSmall, &Service::query),
    api("/sub/query", Method::kPost, Method::kPost, BodyKind::kSmall, &Service::query),
    api("/list", Method::kPost, Method::kPost, BodyKind::kSmall, &Service::list),
    api("/delete", Method::kDelete, Method::kPost, BodyKind::kSmall, &Service::remove),
    get("/health", &Service::health),
    get("/ready", &Service::ready),
    get("/metrics", &Service::metrics, true),
    get("/openapi.json", &Service::document),
    get("/docs", &Service::document),
    get("/docs/docs.js", &Service::document),
    get("/docs/docs.css", &Service::document),
    get("/docs/oauth2-redirect", &Service::document),
    get("/redoc", &Service::document),
    get("/sub/openapi.json", &Service::document),
    get("/sub/docs", &Service::document),
    get("/sub/redoc", &Service::document),
    get("/.well-known/ai-plugin.json", &Service::document),
    get("/.well-known/openapi.yaml", &Service::document),
    get("/.well-known/logo.png", &Service::document),
};

const FieldPath kBody{nullptr, "body", 0};
constexpr int kRetrySeconds = 5;

const Route* find_route(std::string_view path) {
  for (const Route& route : kRoutes)
    if (route.path == path) return &route;
  return nullptr;
}

const char* name_of(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kDelete: return "DELETE";
    default: return "";
  }
}

std::string allow_header(const Route& route) {
  std::string methods = name_of(route.first);
  if (route.second != route.first) methods += std::string(", ") + name_of(route.second);
  return methods;
}

// The `status` of /health, and what a request is told that cannot be computed.
struct Words {
  const char* health;
  const char* refusal;
};

Words words_of(Readiness readiness) {
  switch (readiness) {
    case Readiness::kReady: return {"ok", "The models have just been loaded: try again in a moment"};
    case Readiness::kIdle: return {"idle", "The models are loaded by the first request that needs them"};
    case Readiness::kLoading: return {"loading", "The models are still being loaded: try again in a moment"};
    case Readiness::kFailed: break;
  }
  return {"failed", "The models cannot be used, the server's log says why: try again later"};
}

Answer validation_answer(const FieldErrors& errors) { return Answer::json(errors.to_json(), 422); }

// No content type at all counts as JSON: old clients leave it out.
bool is_json(const std::string& content_type) {
  const std::string type = media_type(content_type);
  if (type.empty()) return true;
  if (type.rfind("application/", 0) != 0) return false;
  const std::string_view subtype = std::string_view(type).substr(12);
  return subtype == "json" || (subtype.size() > 5 && subtype.substr(subtype.size() - 5) == "+json");
}

// The body as JSON, or the answer that refuses it.
std::variant<JsonValue, Answer> json_body(const RequestHead& head, const std::string& body) {
  FieldErrors errors;
  if (body.empty()) {
    errors.add_missing(kBody);
  } else if (!is_json(head.content_type)) {
    errors.add(kBody, "value is not a valid dict", "type_error.dict");
  } else {
    auto parsed = read_body_json(body);
    if (auto* value = std::get_if<JsonValue>(&parsed); value && !value->is_null()) return std::move(*value);
    const auto* fault = std::get_if<JsonFault>(&parsed);
    if (!fault)
      errors.add_missing(kBody);
    else if (fault->kind == JsonFault::Kind::kMalformed)
      errors.add_json_fault(kBody.item(fault->position), *fault);
    else
      return Answer::detail(400, "There was an error parsing the body");
  }
  return validation_answer(errors);
}

// scheme://host of the address the client used, or nothing when its Host is not plainly one.
std::string client_root(const RequestHead& head, const std::string& public_url) {
  if (!public_url.empty()) return public_url;
  const bool plain =
      head.host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_") ==
      std::string::npos;
  return plain && !head.host.empty() ? "http://" + head.host : std::string();
}

}  // namespace

Service::Service(const ServerOptions& options, Logger* logger)
    : options_(options),
      logger_(logger),
      auth_(options.require_token ? options.tokens : std::vector<std::string>(), options.cors_origins,
            options.public_url),
      files_(options.public_url),
      bounds_{options.max_top_k, options.max_queries, options.max_documents} {}

std::variant<Service::Plan, Answer> Service::admit(const RequestHead& head) const {
  if (head.method == Method::kOptions && !head.origin.empty() && !head.requested_method.empty())
    return preflight(head);
  const Route* route = find_route(head.path);
  if (!route) return no_such_path(head);
  if (head.method != route->first && head.method != route->second)
    return std::move(Answer::detail(405, "Method Not Allowed").with("allow", allow_header(*route)));
  if (route->token)
    if (auto refusal = auth_.refuse(head)) return std::move(*refusal);
  if (route->at_once) return (this->*route->at_once)(head);
  if (!core_.load()) return Answer::retry(503, words_of(Readiness::kLoading).refusal, kRetrySeconds);
  const bool upload = route->body == BodyKind::kUpload;
  return Plan{route, upload ? options_.max_upload_bytes : options_.max_body_bytes,
              upload ? options_.upload_timeout : options_.request_timeout,
              upload ? WorkerQueue::Kind::kUpload : WorkerQueue::Kind::kQuick};
}

Answer Service::run(const Plan& plan, const Request& request) const {
  try {
    return (this->*plan.route->core)(*core_.load(), request);
  } catch (const std::bad_alloc&) {
    return failure(request.head, Status(Code::kResourceExhausted, "not enough memory for this request"));
  } catch (const std::exception& error) {  // of a library
    return failure(request.head, Status(Code::kInternal, "request failed", error.what()));
  }
}

void Service::finish(const RequestHead& head, Answer& answer) const {
  answer.with("x-content-type-options", "nosniff");
  if (head.origin.empty() || !auth_.origin_allowed(head.origin)) return;
  if (auth_.any_origin() && head.method != Method::kOptions) {
    answer.with("access-control-allow-origin", "*");
  } else {
    answer.with("access-control-allow-origin", head.origin).with("vary", "Origin");
    // Never together with "any origin".
    if (!auth_.any_origin()) answer.with("access-control-allow-credentials", "true");
  }
}

void Service::record(const RequestHead& head, int status, std::chrono::duration<double> duration) {
  const Route* route = find_route(head.path);
  metrics_.record(route ? route->path : "other", status, duration);
}

Answer Service::preflight(const RequestHead& head) const {
  if (!auth_.origin_allowed(head.origin)) return Answer::text("Disallowed CORS origin", 400);
  Answer answer = Answer::text("OK");
  answer.with("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  answer.with("access-control-max-age", "600");
  if (!head.requested_headers.empty()) answer.with("access-control-allow-headers", head.requested_headers);
  return answer;
}

Answer Service::no_such_path(const RequestHead& head) const {
  const std::size_t end = head.path.find_last_not_of('/');
  const bool slashed = end != std::string::npos && end + 1 < head.path.size();
  if (!slashed || !find_route(std::string_view(head.path).substr(0, end + 1)))
    return Answer::detail(404, "Not Found");
  // The path is one of the table's now: nothing of what was sent gets into the header but the query string.
  Answer answer{307, "", "", {}};
  answer.with("location",
              client_root(head, options_.public_url) + head.path.substr(0, end + 1) + head.query_string);
  return answer;
}

Answer Service::failure(const RequestHead& head, const Status& status) const {
  // A cancelled request's client has been told already, or has left.
  if (logger_ && status.code() != Code::kCancelled)
    logger_->error("{} {}: {}: {}", head.method_name, head.path, code_name(status.code()),
                   status.to_string());
  switch (status.code()) {
    case Code::kInvalidArgument: return Answer::detail(422, status.message());
    case Code::kResourceExhausted:
      return Answer::retry(429, "The server is busy: try again in a moment",
                           status.retry_after() > 0 ? status.retry_after() : kRetrySeconds);
    case Code::kDeadlineExceeded:
    case Code::kCancelled:
      return Answer::retry(503, "The request was given up: try again in a moment", kRetrySeconds);
    case Code::kUnavailable:
      if (const Readiness now = readiness(); now != Readiness::kReady || status.retry_after() > 0)
        return Answer::retry(503, words_of(now).refusal,
                             status.retry_after() > 0 ? status.retry_after() : kRetrySeconds);
      [[fallthrough]];
    default: return Answer::detail(500, "Internal Service Error");
  }
}

Answer Service::upsert(Core& core, const Request& request) const {
  auto json = json_body(request.head, request.body);
  if (auto* refusal = std::get_if<Answer>(&json)) return std::move(*refusal);
  FieldErrors errors;
  auto documents = read_upsert_request(std::get<JsonValue>(json), bounds_, errors);
  if (!errors.empty()) return validation_answer(errors);
  json = JsonValue();  // the documents are copies: this memory is better free while they are embedded
  const auto ids = core.upsert(std::move(documents), request.abandoned);
  return ids ? Answer::json(upsert_response(*ids)) : failure(request.head, ids.status());
}

Answer Service::upsert_file(Core& core, const Request& request) const {
  auto upload = read_upload(request.head.content_type, request.body);
  if (auto* refusal = std::get_if<Answer>(&upload)) return std::move(*refusal);
  std::vector<DocumentInput> documents;
  documents.push_back(std::move(std::get<DocumentInput>(upload)));
  const auto ids = core.upsert(std::move(documents), request.abandoned);
  return ids ? Answer::json(upsert_response(*ids)) : failure(request.head, ids.status());
}

Answer Service::query(Core& core, const Request& request) const {
  auto json = json_body(request.head, request.body);
  if (auto* refusal = std::get_if<Answer>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const auto queries = read_query_request(std::get<JsonValue>(json), bounds_, errors);
  if (!errors.empty()) return validation_answer(errors);
  const auto outputs = core.query(queries, request.abandoned);
  return outputs ? Answer::json(query_response(*outputs)) : failure(request.head, outputs.status());
}

Answer Service::remove(Core& core, const Request& request) const {
  auto json = json_body(request.head, request.body);
  if (auto* refusal = std::get_if<Answer>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const DeleteInput input = read_delete_request(std::get<JsonValue>(json), errors);
  if (!errors.empty()) return validation_answer(errors);
  if (input.ids.empty() && !input.filter && !input.delete_all)
    return Answer::detail(400, "One of ids, filter, or delete_all is required");
  const auto removed = core.remove(input);
  return removed ? Answer::json(delete_response(true)) : failure(request.head, removed.status());
}

Answer Service::list(Core& core, const Request& request) const {
  auto json = json_body(request.head, request.body);
  if (auto* refusal = std::get_if<Answer>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const ListInput input = read_list_request(std::get<JsonValue>(json), errors);
  if (!errors.empty()) return validation_answer(errors);
  const auto page = core.list(input.filter, input.offset, input.limit);
  return page ? Answer::json(list_response(*page)) : failure(request.head, page.status());
}

Readiness Service::readiness() const {
  const Core* core = core_.load();
  return core != nullptr ? core->readiness() : Readiness::kLoading;
}

Answer Service::health(const RequestHead&) const {
  JsonWriter out;
  const auto facts = options_.health ? options_.health() : std::vector<std::pair<std::string, std::string>>();
  const Readiness now = readiness();
  const bool degraded =
      std::any_of(facts.begin(), facts.end(), [](const auto& fact) { return fact.first == "trouble"; });
  out.begin_object().key("status").string(now == Readiness::kReady && degraded ? "degraded"
                                                                               : words_of(now).health);
  out.key("version").string(options_.version);
  for (const auto& [name, value] : facts) out.key(name).string(value);
  return std::move(Answer::json(out.end_object().take()).with("cache-control", "no-store"));
}

Answer Service::ready(const RequestHead&) const {
  const Readiness now = readiness();
  Answer answer = now == Readiness::kReady ? Answer::json(R"({"status":"ready"})")
                                           : Answer::retry(503, words_of(now).refusal, kRetrySeconds);
  return std::move(answer.with("cache-control", "no-store"));
}

Answer Service::metrics(const RequestHead&) const {
  MetricsText out;
  metrics_.write(out);
  if (queue_) {
    const WorkerStats workers = queue_->stats();
    out.family("rappel_http_waiting_requests", MetricsText::Type::kGauge,
               "Requests that wait for a worker now.")
        .sample(static_cast<double>(workers.waiting));
    out.family("rappel_http_running_requests", MetricsText::Type::kGauge,
               "Requests that a worker computes now.")
        .sample(static_cast<double>(workers.running));
    out.family("rappel_http_refused_requests_total", MetricsText::Type::kCounter,
               "Requests that met a full queue.")
        .sample(static_cast<double>(workers.refused));
  }
  if (options_.metrics) options_.metrics(out);
  Answer answer{200, "text/plain; version=0.0.4; charset=utf-8", out.take(), {}};
  return std::move(answer.with("cache-control", "no-store"));
}

Answer Service::document(const RequestHead& head) const {
  const ServedFile* document = files_.find(head.path);
  if (!document) return Answer::detail(404, "Not Found");
  Answer answer{200, document->content_type, document->body, {}};
  if (!document->etag.empty()) {
    answer.with("etag", document->etag).with("last-modified", document->last_modified);
    if (head.if_none_match.find(document->etag) != std::string::npos || head.if_none_match == "*") {
      answer.status = 304;
      answer.body.clear();
    }
  }
  if (document->page) {
    answer.with(
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    answer.with("referrer-policy", "no-referrer").with("x-frame-options", "DENY");
  }
  return answer;
}

}  // namespace rappel
