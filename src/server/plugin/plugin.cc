#include "server/plugin/plugin.h"

#include "server/documents/assets.h"
#include "server/documents/documents.h"
#include "server/plugin/errors.h"
#include "server/plugin/json_body.h"
#include "server/plugin/requests.h"
#include "server/plugin/responses.h"
#include "server/plugin/upload.h"

namespace rappel {
namespace {

class Plugin : public Protocol {
 public:
  explicit Plugin(const ProtocolContext& context);

  std::string_view name() const override { return "plugin"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  std::string_view openapi() const override { return asset("openapi.json"); }

 private:
  using Handler = Response (Plugin::*)(const Request&) const;
  Route api(std::string_view path, std::vector<Method> methods, Work work, Handler handler);

  Response upsert(const Request& request) const;
  Response upsert_file(const Request& request) const;
  Response query(const Request& request) const;
  Response remove(const Request& request) const;
  Response list(const Request& request) const;
  Response failure(const Request& request, const Status& status) const {
    return plugin_refusal(gate_.refuse(request.head, status));
  }

  const CoreGate& gate_;
  const RequestBounds bounds_;
  Documents documents_;
  std::vector<Route> routes_;
};

Plugin::Plugin(const ProtocolContext& context)
    : gate_(context.gate),
      bounds_{context.options.max_top_k, context.options.max_queries, context.options.max_documents},
      documents_(context.public_url) {
  routes_ = {
      api("/upsert", {Method::kPost}, Work::kUpload, &Plugin::upsert),
      api("/upsert-file", {Method::kPost}, Work::kUpload, &Plugin::upsert_file),
      api("/query", {Method::kPost}, Work::kQuick, &Plugin::query),
      api("/sub/query", {Method::kPost}, Work::kQuick, &Plugin::query),
      api("/list", {Method::kPost}, Work::kQuick, &Plugin::list),
      api("/delete", {Method::kDelete, Method::kPost}, Work::kQuick, &Plugin::remove),
  };
  documents_.add_json("/sub/openapi.json", asset("sub-openapi.json"));
  documents_.add_api_page("/sub/docs", "Retrieval Plugin API", "../", ApiPage::kTry);
  documents_.add_api_page("/sub/redoc", "Retrieval Plugin API", "../", ApiPage::kRead);
  documents_.add_file("/.well-known/ai-plugin.json", "application/json", "ai-plugin.json");
  documents_.add_file("/.well-known/openapi.yaml", "text/plain; charset=utf-8", "openapi.yaml");
  documents_.add_file("/.well-known/logo.png", "image/png", "logo.png");
  documents_.add_routes(routes_);
}

Route Plugin::api(std::string_view path, std::vector<Method> methods, Work work, Handler handler) {
  return {path,
          std::move(methods),
          work,
          Access::kToken,
          [this, handler](const Request& request) { return (this->*handler)(request); },
          [this](const RequestHead& head) { return gate_.refuse_early(head); }};
}

Response Plugin::upsert(const Request& request) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  auto documents = read_upsert_request(std::get<JsonValue>(json), bounds_, errors);
  if (!errors.empty()) return validation_response(errors);
  json = JsonValue();  // the documents are copies: this memory is better free while they are embedded
  const auto ids = gate_.core().upsert(std::move(documents), request.abandoned);
  return ids ? Response::json(upsert_response(*ids)) : failure(request, ids.status());
}

Response Plugin::upsert_file(const Request& request) const {
  auto read = read_upload(request.head.header("content-type"), request.body, request.abandoned);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  auto& upload = std::get<Upload>(read);
  for (const std::string& warning : upload.warnings) gate_.warn(request.head, warning);
  std::vector<DocumentInput> documents;
  documents.push_back(std::move(upload.document));
  const auto ids = gate_.core().upsert(std::move(documents), request.abandoned);
  return ids ? Response::json(upsert_response(*ids)) : failure(request, ids.status());
}

Response Plugin::query(const Request& request) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const auto queries = read_query_request(std::get<JsonValue>(json), bounds_, errors);
  if (!errors.empty()) return validation_response(errors);
  const auto outputs = gate_.core().query(queries, request.abandoned);
  return outputs ? Response::json(query_response(*outputs)) : failure(request, outputs.status());
}

Response Plugin::remove(const Request& request) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const DeleteInput input = read_delete_request(std::get<JsonValue>(json), errors);
  if (!errors.empty()) return validation_response(errors);
  if (input.ids.empty() && !input.filter && !input.delete_all)
    return Response::detail(400, "One of ids, filter, or delete_all is required");
  const auto removed = gate_.core().remove(input, request.abandoned);
  return removed ? Response::json(delete_response(true)) : failure(request, removed.status());
}

Response Plugin::list(const Request& request) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const ListInput input = read_list_request(std::get<JsonValue>(json), errors);
  if (!errors.empty()) return validation_response(errors);
  const auto page = gate_.core().list(input.filter, input.offset, input.limit, request.abandoned);
  return page ? Response::json(list_response(*page)) : failure(request, page.status());
}

}  // namespace

std::unique_ptr<Protocol> plugin_protocol(const ProtocolContext& context) {
  return std::make_unique<Plugin>(context);
}

}  // namespace rappel
