#include "server/http/request_span.h"

#include <string>
#include <utility>
#include <vector>

#include "trace/tracer.h"

namespace rappel {
namespace {

constexpr std::size_t kMostText = 256;  // of what the client wrote
constexpr std::string_view kNoRoute = "other";

}  // namespace

void finish_trace(Tracer& tracer, const RequestHead& head, std::string_view route,
                  const RequestOutcome& outcome) {
  if (head.trace == nullptr || is_probe(route)) return;
  const std::string_view known = method_name(head.method);
  const std::string method(known.empty() ? "_OTHER" : known);
  const bool failed = outcome.status >= 500;
  std::vector<SpanAttribute> attributes{
      {"http.request.method", method},
      {"http.response.status_code", std::int64_t{outcome.status}},
      {"url.scheme", std::string(head.encrypted ? "https" : "http")},
      {"url.path", head.path.substr(0, kMostText)},
      {"http.request.body.size", static_cast<std::int64_t>(outcome.received)},
      {"http.response.body.size", static_cast<std::int64_t>(outcome.sent)},
      {"client.address", head.peer},
      {"rappel.request_id", head.request_id}};
  const auto add = [&](const char* name, std::string_view text) {
    if (!text.empty()) attributes.emplace_back(name, std::string(text.substr(0, kMostText)));
  };
  if (route != kNoRoute) add("http.route", route);
  add("server.address", head.header("host"));
  add("user_agent.original", head.header("user-agent"));
  add("rappel.collection", head.collection);
  if (failed) add("error.type", std::to_string(outcome.status));
  std::string name = route == kNoRoute ? method : method + " " + std::string(route);
  tracer.finish(head.trace, std::move(name), std::move(attributes), failed);
}

}  // namespace rappel
