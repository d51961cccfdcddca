#include "server/pages/pages.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/metrics_text.h"
#include "server/documents/assets.h"
#include "server/documents/documents.h"
#include "server/http/json_writer.h"
#include "server/pages/collection_facts.h"
#include "server/pages/openapi.h"

namespace rappel {
namespace {

Response fresh(Response response) { return std::move(response).with("cache-control", "no-store"); }

class Pages : public Protocol {
 public:
  Pages(const ProtocolContext& context, const Protocols& others);

  std::string_view name() const override { return "pages"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return error_shape_->refuse(refusal); }

 private:
  using Handler = Response (Pages::*)(const Request&) const;
  Route get(std::string_view path, Access access, Handler handler);

  Response health(const Request& request) const;
  Response ready(const Request& request) const;
  Response metrics(const Request& request) const;

  const ProtocolContext context_;
  const Protocol* const error_shape_;
  Documents documents_;
  std::vector<Route> routes_;
};

std::string openapi_of(const Protocols& protocols) {
  std::vector<std::string_view> documents;
  for (const auto& protocol : protocols)
    if (!protocol->openapi().empty()) documents.push_back(protocol->openapi());
  RAPPEL_CHECK(!documents.empty(), "at least one protocol describes itself");
  return merge_openapi(documents);
}

Pages::Pages(const ProtocolContext& context, const Protocols& others)
    : context_(context), error_shape_(others.front().get()), documents_(context.public_url) {
  routes_ = {
      get("/health", Access::kOptional, &Pages::health),
      get("/ready", Access::kOpen, &Pages::ready),
      // The names that Kubernetes and proxies ask by default.
      get("/livez", Access::kOptional, &Pages::health),
      get("/healthz", Access::kOpen, &Pages::ready),
      get("/readyz", Access::kOpen, &Pages::ready),
      get("/metrics", Access::kToken, &Pages::metrics),
  };
  documents_.add_json("/openapi.json", openapi_of(others));
  documents_.add_api_page("/docs", "Retrieval API", "", ApiPage::kTry);
  documents_.add_api_page("/redoc", "Retrieval API", "", ApiPage::kRead);
  documents_.add_page("/docs/oauth2-redirect", std::string(asset("oauth2-redirect.html")));
  documents_.add_file("/docs/docs.js", "text/javascript; charset=utf-8", "docs.js");
  documents_.add_file("/docs/docs.css", "text/css; charset=utf-8", "docs.css");
  documents_.add_routes(routes_);
}

Route Pages::get(std::string_view path, Access access, Handler handler) {
  return {path,
          {Method::kGet, Method::kHead},
          Work::kAtOnce,
          access,
          [this, handler](const Request& request) { return (this->*handler)(request); },
          {}};
}

Response Pages::health(const Request& request) const {
  const auto& tell = context_.options.health;
  const auto facts = tell ? tell() : std::vector<HealthFact>();
  const bool degraded =
      context_.gate.readiness() == Readiness::kReady &&
      std::any_of(facts.begin(), facts.end(), [](const HealthFact& fact) { return fact.name == "trouble"; });
  JsonWriter out;
  out.begin_object().key("status").string(degraded ? "degraded" : context_.gate.state());
  out.key("version").string(context_.options.version);
  for (const HealthFact& fact : facts)
    if (!fact.is_private || (request.head.trusted && !request.head.principal->is_limited()))
      out.key(fact.name).string(fact.value);
  if (request.head.trusted)
    if (auto collections = context_.gate.collections(request.head))
      write_health(out.key("collections"), collections->states());
  return fresh(Response::json(out.end_object().take()));
}

// A store that cannot be written still answers queries, so that only `?for=writes` gets an error for it.
Response Pages::ready(const Request& request) const {
  if (context_.gate.readiness() != Readiness::kReady) return fresh(refuse(context_.gate.not_ready()));
  const auto refusal = context_.gate.not_writable();
  if (refusal && request.head.query_string == "?for=writes") return fresh(refuse(*refusal));
  JsonWriter out;
  out.begin_object().key("status").string(refusal ? "read-only" : "ready");
  out.key("writes").boolean(!refusal);
  if (refusal) out.key("detail").string(refusal->message);
  return fresh(Response::json(out.end_object().take()));
}

Response Pages::metrics(const Request& request) const {
  MetricsText out;
  context_.transport_metrics(out);
  if (context_.options.metrics) context_.options.metrics(out);
  if (auto collections = context_.gate.collections(request.head)) write_metrics(out, collections->states());
  return fresh({200, "text/plain; version=0.0.4; charset=utf-8", out.take(), {}, {}});
}

}  // namespace

std::unique_ptr<Protocol> pages_protocol(const ProtocolContext& context, const Protocols& others) {
  return std::make_unique<Pages>(context, others);
}

}  // namespace rappel
