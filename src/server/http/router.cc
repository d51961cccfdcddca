#include "server/http/router.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <exception>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "base/fault_id.h"
#include "base/log.h"
#include "base/os/random.h"
#include "server/http/client_root.h"
#include "server/http/content_coding.h"
#include "server/http/known_pages.h"
#include "server/http/request_span.h"
#include "trace/tracer.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

bool has_method(const Route& route, Method method) {
  return std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end();
}

// Ends a parameter that stands for the rest of the path.
constexpr std::string_view kRestEnd = "...}";

// Bodies of Work::kModel that are computed beside queries.
constexpr std::size_t kSmallModelBody = std::size_t{64} << 10;

bool has_small_body(const RequestHead& head) {
  const std::string_view text = head.header("content-length");
  std::size_t length = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), length);
  return fault == std::errc() && end == text.data() + text.size() && !text.empty() &&
         length <= kSmallModelBody;
}

// Text without a scheme is tried as a token too.
bool is_wrong_token(const RequestHead& head, const Refusal& refusal) {
  return refusal.reason == Reason::kWrongToken ||
         (refusal.reason == Reason::kNotAuthenticated && !trimmed(head.header("authorization")).empty());
}

bool has_parameters(std::string_view path) { return path.find('{') != std::string_view::npos; }

// Up to the next slash, which goes too.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

std::shared_ptr<const Auth> make_auth(const HttpOptions& options, const std::vector<std::string>& tokens,
                                      const std::vector<KnownToken>& named) {
  std::vector<KnownToken> known;
  if (options.require_token) {
    known = admin_tokens(tokens);
    known.insert(known.end(), named.begin(), named.end());
  }
  return std::make_shared<const Auth>(std::move(known), options.cors_origins, options.public_url);
}

std::int64_t unix_seconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Router::Router(const HttpOptions& options, Protocols protocols, Logger* logger)
    : options_(options),
      protocols_(std::move(protocols)),
      logger_(logger),
      id_prefix_(random_hex(4)),
      auth_(make_auth(options, options.tokens, options.named_tokens)) {
  RAPPEL_CHECK(!protocols_.empty(), "a server speaks at least one protocol");
  for (const auto& protocol : protocols_) {
    for (const Route& route : protocol->routes()) {
      for (const Entry& other : find(route.path))
        for (const Method method : route.methods)
          RAPPEL_CHECK(!has_method(*other.route, method), "no two routes have a path and a method in common");
      entries_.push_back({protocol.get(), &route});
    }
  }
}

std::vector<Router::Entry> Router::find(const RequestHead& head) const {
  return find(head.path, head.escaped_path.empty() ? head.path : head.escaped_path);
}

std::vector<Router::Entry> Router::find(std::string_view path, std::string_view escaped_path) const {
  std::vector<Entry> found, fitting;
  for (const Entry& entry : entries_) {
    if (entry.route->path == path)
      found.push_back(entry);
    else if (has_parameters(entry.route->path) && match_path(entry.route->path, escaped_path))
      fitting.push_back(entry);
  }
  return found.empty() ? fitting : found;
}

bool Router::is_named(std::string_view path) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.route->path == path && !has_parameters(path); });
}

const Protocol& Router::protocol_of(std::string_view path) const {
  if (const auto found = find(path); !found.empty()) return *found.front().protocol;
  for (const auto& protocol : protocols_)
    for (const std::string_view prefix : protocol->prefixes())
      if (path.starts_with(prefix)) return *protocol;
  return *protocols_.front();
}

std::shared_ptr<const Auth> Router::auth() const {
  const std::lock_guard lock(auth_mutex_);
  return auth_;
}

void Router::set_tokens(const std::vector<std::string>& tokens, const std::vector<KnownToken>& named) {
  auto auth = make_auth(options_, tokens, named);
  rates_.clear();
  const std::lock_guard lock(auth_mutex_);
  auth_ = std::move(auth);
}

void take_collection(RequestHead& head) {
  constexpr std::string_view kPrefix = "/c/";
  head.collection = head.header("x-collection");
  const bool is_escaped = !head.escaped_path.empty();
  const std::string path = is_escaped ? head.escaped_path : head.path;
  if (!path.starts_with(kPrefix)) return;
  const std::size_t end = path.find('/', kPrefix.size());
  if (end == std::string::npos || end == kPrefix.size()) return;
  const std::string name = path.substr(kPrefix.size(), end - kPrefix.size());
  head.collection = is_escaped ? percent_decoded(name) : name;
  head.path = is_escaped ? percent_decoded(path.substr(end)) : path.substr(end);
  if (is_escaped) head.escaped_path = path.substr(end);
}

std::variant<Router::Plan, Response> Router::admit(RequestHead& head) {
  head.request_id = request_id(head);
  if (options_.tracer)
    head.trace = options_.tracer->begin(head.header("traceparent"), head.header("tracestate"));
  if (options_.audit) head.counts = std::make_shared<RequestCounts>();
  head.path = collapse_slashes(head.path);
  head.escaped_path = collapse_slashes(head.escaped_path);
  take_collection(head);
  drop_ignored_slash(head);
  if (head.method == Method::kOptions && head.headers.has("origin") &&
      head.headers.has("access-control-request-method"))
    return preflight(head);
  const std::vector<Entry> found = find(head);
  if (found.empty()) return no_such_path(head);
  const auto entry = std::find_if(found.begin(), found.end(),
                                  [&](const Entry& one) { return has_method(*one.route, head.method); });
  if (entry == found.end()) {
    std::string allow;
    for (const Entry& one : found)
      for (const Method method : one.route->methods)
        allow += (allow.empty() ? "" : ", ") + std::string(method_name(method));
    return refuse(head.path, {Reason::kWrongMethod, "Method Not Allowed", 0, std::move(allow)});
  }
  const Route& route = *entry->route;
  const std::string& escaped = head.escaped_path.empty() ? head.path : head.escaped_path;
  head.parameters = match_path(route.path, escaped).value_or(PathParameters());
  head.caller = head.peer;
  if (route.known_pages)
    if (const auto refusal = refuse_unknown_page(head, options_)) return entry->protocol->refuse(*refusal);
  if (const auto refusal = identify(route, head)) return entry->protocol->refuse(*refusal);
  if (route.admit)
    if (const auto refusal = route.admit(head)) return entry->protocol->refuse(*refusal);
  if (route.work == Work::kAtOnce) return handle(*entry->protocol, route, {head});
  if (const auto refusal = refuse_coding(head.headers)) return entry->protocol->refuse(*refusal);
  Plan plan = plan_of(*entry, head);
  if (head.principal && head.principal->max_body)
    plan.max_body = std::min(plan.max_body, *head.principal->max_body);
  return plan;
}

std::optional<Refusal> Router::identify(const Route& route, RequestHead& head) {
  if (route.access == Access::kOpen) return std::nullopt;
  const auto rules = auth();
  const bool must = route.access == Access::kToken;
  auto identity = rules->identify(head, unix_seconds());
  head.token = rules->token_name(head);
  head.caller = head.peer + " " + head.token;
  if (const auto* refusal = std::get_if<Refusal>(&identity)) {
    if (is_wrong_token(head, *refusal))
      slow_down(head);
    else
      head.counts.reset();
    return must ? std::optional(*refusal) : std::nullopt;
  }
  head.principal = std::get<PrincipalPtr>(std::move(identity));
  head.trusted = true;
  if (!must) return std::nullopt;
  if (auto refusal = refuse_rate(*head.principal)) return refusal;
  if (!head.principal->scopes.has(route.scope)) return forbidden_refusal(route.scope);
  return std::nullopt;
}

std::optional<Refusal> Router::refuse_rate(const Principal& principal) {
  if (!principal.max_rate) return std::nullopt;
  const auto wait = rates_.take(principal.id, *principal.max_rate, TokenRates::Clock::now());
  if (wait.count() == 0) return std::nullopt;
  return rate_refusal(*principal.max_rate,
                      static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count()));
}

// A client's own id, if nothing in it could forge a line or a header.
std::string Router::request_id(const RequestHead& head) {
  constexpr std::size_t kMostChars = 128;
  const std::string_view given = head.header("x-request-id");
  const bool plain =
      given.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=") ==
      std::string_view::npos;
  if (plain && !given.empty() && given.size() <= kMostChars) return std::string(given);
  return fmt::format("{}-{}", id_prefix_, next_id_++);
}

void Router::drop_ignored_slash(RequestHead& head) const {
  if (head.path.size() < 2 || head.path.back() != '/' || !find(head).empty()) return;
  RequestHead shorter;
  shorter.path = head.path.substr(0, head.path.size() - 1);
  if (head.escaped_path.ends_with('/'))
    shorter.escaped_path = head.escaped_path.substr(0, head.escaped_path.size() - 1);
  const std::vector<Entry> found = find(shorter);
  if (found.empty() || !found.front().protocol->ignores_trailing_slash()) return;
  head.path = std::move(shorter.path);
  head.escaped_path = std::move(shorter.escaped_path);
}

Router::Plan Router::plan_of(const Entry& entry, const RequestHead& head) const {
  if (entry.route->work == Work::kQuick || (entry.route->work == Work::kModel && has_small_body(head)))
    return {entry.protocol,           entry.route,
            options_.max_body_bytes,  options_.request_timeout,
            options_.request_timeout, WorkerQueue::Kind::kQuick,
            kQuickBodyCopies,         false};
  const bool files = entry.route->work == Work::kFiles;
  return {entry.protocol,
          entry.route,
          files ? options_.max_files_bytes : options_.max_upload_bytes,
          options_.upload_timeout,
          files ? std::max(options_.files_timeout, options_.upload_timeout) : options_.upload_timeout,
          WorkerQueue::Kind::kUpload,
          0,
          files && !options_.scratch_folder.empty()};
}

// Logged when the number of wrong tokens has doubled, so that nobody can fill the logs with them.
void Router::slow_down(RequestHead& head) {
  const WrongTokens::Wrong wrong = wrong_tokens_.add(head.peer, WrongTokens::Clock::now());
  head.answer_after = wrong.delay;
  if (!std::has_single_bit(wrong.count)) return head.counts.reset();
  if (logger_)
    logger_->warn(
        "{} {}: wrong bearer token from {}, {}", head.method_text, head.path, head.peer,
        wrong.count == 1 ? std::string("the first") : fmt::format("{} within minutes", wrong.count));
}

Response Router::run(const Plan& plan, const Request& request) const {
  return handle(*plan.protocol, *plan.route, request);
}

Response Router::handle(const Protocol& protocol, const Route& route, const Request& request) const {
  try {
    return route.handle(request);
  } catch (const std::bad_alloc&) {
    if (logger_)
      logger_->event(LogLevel::kWarn,
                     fmt::format("{} {}: not enough memory for this request{}", request.head.method_text,
                                 route.path, fault_mark("memory")),
                     {{"request_id", request.head.request_id}});
    return protocol.refuse(busy_refusal());
  } catch (const std::exception& error) {  // of a library
    if (logger_)
      logger_->event(
          LogLevel::kError,
          fmt::format("{} {}: request failed: {}", request.head.method_text, route.path, error.what()),
          {{"request_id", request.head.request_id}});
    return protocol.refuse(internal_refusal());
  }
}

Response Router::refuse(std::string_view path, const Refusal& refusal) const {
  return protocol_of(path).refuse(refusal);
}

void Router::finish(const RequestHead& head, Response& response) const {
  response.with("x-content-type-options", "nosniff");
  if (!head.request_id.empty() && !response.headers.has("x-request-id"))
    response.with("x-request-id", head.request_id);
  const std::string origin(head.header("origin"));
  const auto rules = auth();
  if (origin.empty() || !rules->origin_allowed(origin)) return;
  if (rules->any_origin() && head.method != Method::kOptions) {
    response.with("access-control-allow-origin", "*");
  } else {
    response.with("access-control-allow-origin", origin).with("vary", "Origin");
    // Never together with "any origin".
    if (!rules->any_origin()) response.with("access-control-allow-credentials", "true");
  }
}

void Router::record(const RequestHead& head, const RequestOutcome& outcome) {
  const auto found = find(head);
  const std::string_view method = method_name(head.method);
  const std::string_view route = found.empty() ? "other" : found.front().route->path;
  metrics_.record(route, method.empty() ? "other" : method, outcome.status, outcome.duration);
  // A request without a head has a line of the refusal's own.
  if (logger_ && !head.method_text.empty()) log_request(*logger_, head, route, outcome);
  if (options_.tracer) finish_trace(*options_.tracer, head, route, outcome);
  const auto entry = std::find_if(found.begin(), found.end(),
                                  [&](const Entry& one) { return has_method(*one.route, head.method); });
  if (options_.audit && head.counts && entry != found.end() && entry->route->access == Access::kToken)
    audit(head, entry->route->path, outcome);
}

void Router::audit(const RequestHead& head, std::string_view route, const RequestOutcome& outcome) const {
  options_.audit->add({.request_id = head.request_id,
                       .token = head.principal ? head.principal->name : "",
                       .address = head.peer,
                       .method = method_name(head.method),
                       .route = route,
                       .status = outcome.status,
                       .duration = std::chrono::duration_cast<std::chrono::milliseconds>(outcome.duration),
                       .counts = head.counts.get()});
}

Response Router::preflight(const RequestHead& head) const {
  if (!auth()->origin_allowed(head.header("origin"))) return Response::text("Disallowed CORS origin", 400);
  Response response = Response::text("OK");
  response.with("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  response.with("access-control-max-age", "600");
  if (const std::string_view asked = head.header("access-control-request-headers"); !asked.empty())
    response.with("access-control-allow-headers", std::string(asked));
  return response;
}

Response Router::no_such_path(const RequestHead& head) const {
  const std::string_view path = head.path;
  if (path.size() < 2 || path.back() != '/' || !is_named(path.substr(0, path.size() - 1)))
    return refuse(path, {Reason::kNoSuchPath, "Not Found"});
  // The path is one of the table's now: nothing of what was sent gets into the header but the query string.
  Response response{307, "", "", {}, {}};
  response.with("location", client_root(head, options_.public_url) +
                                std::string(path.substr(0, path.size() - 1)) + head.query_string);
  return response;
}

std::optional<PathParameters> match_path(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('/') != path.ends_with('/')) return std::nullopt;
  PathParameters parameters;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const bool parameter = wanted.size() > 2 && wanted.front() == '{' && wanted.back() == '}';
    if (parameter && pattern.empty() && wanted.ends_with(kRestEnd) && !path.empty()) {
      parameters.emplace_back(wanted.substr(1, wanted.size() - 1 - kRestEnd.size()), percent_decoded(path));
      return parameters;
    }
    const std::string got = percent_decoded(take_segment(path));
    if (parameter ? got.empty() : got != wanted) return std::nullopt;
    if (parameter) parameters.emplace_back(wanted.substr(1, wanted.size() - 2), got);
    if (pattern.empty() != path.empty()) return std::nullopt;
  }
  return parameters;
}

std::string collapse_slashes(std::string_view path) {
  std::string out;
  for (const char c : path)
    if (c != '/' || out.empty() || out.back() != '/') out.push_back(c);
  return out;
}

}  // namespace rappel
