#include "server/mcp/mcp.h"

#include <optional>
#include <utility>

#include "server/documents/assets.h"
#include "server/http/client_root.h"
#include "server/mcp/document_page.h"
#include "server/mcp/service.h"

namespace rappel {
namespace {

constexpr int kRefused = -32000;  // of JSON-RPC's range for servers

bool wants_events(std::string_view accept) {
  return accept.find("text/event-stream") != std::string_view::npos &&
         accept.find("application/json") == std::string_view::npos &&
         accept.find("*/*") == std::string_view::npos;
}

Response as_event(Response response) {
  response.body = "event: message\ndata: " + response.body + "\n\n";
  response.content_type = "text/event-stream";
  return std::move(response).with("cache-control", "no-cache").with("x-accel-buffering", "no");
}

class McpProtocol : public Protocol {
 public:
  explicit McpProtocol(const ProtocolContext& context)
      : gate_(context.gate),
        public_url_(context.public_url),
        may_write_(context.options.mcp_write),
        max_answer_bytes_(context.options.max_answer_bytes),
        service_(context.options.version),
        // The documents of the old local server speak of no token.
        openapi_(context.options.local ? std::string_view() : asset("mcp-api.json")),
        routes_{route("/mcp"), route("/mcp/"), page_route()} {}

  std::string_view name() const override { return "mcp"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override;
  std::string_view openapi() const override { return openapi_; }

 private:
  Route route(std::string_view path) const;
  Route page_route() const;
  Response answer(const Request& request) const;
  // Documents of a collection have their pages below it.
  std::string root_of(const RequestHead& head) const {
    const std::string root = client_root(head, public_url_);
    if (root.empty() || head.collection.empty()) return root;
    return root + (root.ends_with('/') ? "c/" : "/c/") + head.collection;
  }

  const CoreGate& gate_;
  const std::string& public_url_;
  const bool may_write_;
  const std::size_t max_answer_bytes_;
  const mcp::Service service_;
  const std::string_view openapi_;
  const std::vector<Route> routes_;
};

Route McpProtocol::route(std::string_view path) const {
  return {.path = path,
          .methods = {Method::kPost},
          .work = Work::kQuick,
          .access = Access::kToken,
          .handle = [this](const Request& request) { return answer(request); },
          .admit = {},
          .known_pages = true};
}

Route McpProtocol::page_route() const {
  return {.path = "/d/{id...}",
          .methods = {Method::kGet, Method::kHead},
          .work = Work::kQuick,
          .access = Access::kToken,
          .handle =
              [this](const Request& request) {
                return mcp::document_page(request, gate_,
                                          [this](const Refusal& refusal) { return refuse(refusal); });
              },
          .admit = [this](const RequestHead& head) { return gate_.refuse_early(head); }};
}

Response McpProtocol::answer(const Request& request) const {
  const RequestHead& head = request.head;
  const mcp::MessageHeaders headers{head.header("mcp-protocol-version"), head.header("mcp-method"),
                                    head.header("mcp-name")};
  ByteHold memory(request.memory, head.caller, max_answer_bytes_);
  std::optional<PrincipalCore> core;
  if (!gate_.refuse_early(head)) core.emplace(gate_.core(head));
  const mcp::Caller caller{
      .core = core ? &*core : nullptr,
      .context = {request.call(), &memory},
      .may_write = may_write_ && head.principal && head.principal->scopes.has(Scope::kWrite),
      .base_url = root_of(head),
      .explain = [&](const Status& failure) { return gate_.refuse(head, failure).message; }};
  mcp::Answer answer = service_.handle(request.body, &headers, caller);
  if (!answer.message) return {answer.status, "", "", {}, {}};
  Response response = Response::json(dump_json(*answer.message), answer.status);
  return wants_events(head.header("accept")) ? as_event(std::move(response)) : response;
}

Response McpProtocol::refuse(const Refusal& refusal) const {
  const int status = status_of(refusal.reason);
  Response response = Response::json(
      dump_json(mcp::error_message(nullptr, {.code = kRefused, .message = refusal.message})), status);
  if (status == 401) response.with("www-authenticate", "Bearer");
  return with_refusal_headers(std::move(response), refusal);
}

}  // namespace

std::unique_ptr<Protocol> mcp_protocol(const ProtocolContext& context) {
  return std::make_unique<McpProtocol>(context);
}

}  // namespace rappel
