#include "server/plugin/plugin.h"

#include <algorithm>

#include "codec/sha256.h"
#include "retrieve/ingest.h"
#include "server/documents/assets.h"
#include "server/documents/documents.h"
#include "server/input/degraded.h"
#include "server/input/documents.h"
#include "server/input/errors.h"
#include "server/input/idempotency.h"
#include "server/input/json_body.h"
#include "server/input/upload.h"
#include "server/plugin/local.h"
#include "server/plugin/requests.h"
#include "server/plugin/responses.h"
#include "server/plugin/upload_files.h"
#include "store/removal.h"

namespace rappel {
namespace {

class Plugin : public Protocol {
 public:
  explicit Plugin(const ProtocolContext& context);

  std::string_view name() const override { return "plugin"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  std::string_view openapi() const override { return openapi_; }

 private:
  void add_sub_documents();
  void add_manifest();
  void add_local_manifest();
  using Handler = Response (Plugin::*)(const Request&) const;
  Route api(std::string_view path, std::vector<Method> methods, Work work, Scope scope, Handler handler);

  Response upsert(const Request& request) const;
  Response upsert_file(const Request& request) const;
  // `memory` counts what of the documents is not in the body.
  Response store(const Request& request, std::vector<DocumentInput> documents, ByteHold memory) const;
  Response query(const Request& request) const;
  Response remove(const Request& request) const;
  Response list(const Request& request) const;

  PrincipalCore core(const Request& request) const { return gate_.core(request.head); }
  // answer(read(body, errors)), or the refusal of a body that is no JSON or not what `read` expects.
  template <class Read, class Answer>
  Response with_body(const Request& request, const Read& read, const Answer& answer) const;
  // The result of the core, written by `write`, or the refusal after its failure.
  template <class T, class Write>
  Response respond(const Request& request, Result<T> result, const Write& write) const {
    return result ? write(std::move(*result)) : plugin_refusal(gate_.refuse(request.head, result.status()));
  }
  // For the answer of the request.
  ByteHold memory_of(const Request& request) const {
    return ByteHold(request.memory, request.head.caller, max_answer_bytes_);
  }

  const CoreGate& gate_;
  const RequestBounds bounds_;
  const std::size_t max_documents_;
  const std::size_t max_answer_bytes_;
  const bool result_source_id_;
  const std::string openapi_;
  const std::size_t max_files_;
  const ProtocolOptions& all_options_;
  mutable IdempotentAnswers answers_;
  Documents documents_;
  std::vector<Route> routes_;
};

Plugin::Plugin(const ProtocolContext& context)
    : gate_(context.gate),
      bounds_{context.options.max_top_k, context.options.max_queries},
      max_documents_(context.options.max_documents),
      max_answer_bytes_(context.options.max_answer_bytes),
      result_source_id_(context.options.result_source_id),
      openapi_(context.options.local ? openapi_without_auth(asset("openapi.json")) : asset("openapi.json")),
      max_files_(context.options.max_files),
      all_options_(context.options),
      documents_(context.public_url) {
  routes_ = {
      api("/upsert", {Method::kPost}, Work::kUpload, Scope::kWrite, &Plugin::upsert),
      api("/upsert-file", {Method::kPost}, Work::kFiles, Scope::kWrite, &Plugin::upsert_file),
      api("/query", {Method::kPost}, Work::kQuick, Scope::kRead, &Plugin::query),
      api("/list", {Method::kPost}, Work::kQuick, Scope::kRead, &Plugin::list),
      api("/delete", {Method::kDelete, Method::kPost}, Work::kQuick, Scope::kWrite, &Plugin::remove),
  };
  if (context.options.local) {
    add_local_manifest();
  } else {
    routes_.push_back(api("/sub/query", {Method::kPost}, Work::kQuick, Scope::kRead, &Plugin::query));
    add_sub_documents();
    add_manifest();
  }
  documents_.add_file("/.well-known/logo.png", "image/png", "logo.png");
  documents_.add_routes(routes_);
}

void Plugin::add_sub_documents() {
  documents_.add_json("/sub/openapi.json", asset("sub-openapi.json"));
  documents_.add_api_page("/sub/docs", "Retrieval Plugin API", "../", ApiPage::kTry);
  documents_.add_api_page("/sub/redoc", "Retrieval Plugin API", "../", ApiPage::kRead);
}

void Plugin::add_manifest() {
  documents_.add_file("/.well-known/ai-plugin.json", "application/json", "ai-plugin.json");
  documents_.add_file("/.well-known/openapi.yaml", "text/plain; charset=utf-8", "openapi.yaml");
}

void Plugin::add_local_manifest() {
  constexpr char kTextJson[] = "text/json; charset=utf-8";
  Headers headers;
  headers.add("access-control-allow-private-network", "true");
  documents_.add_text("/.well-known/ai-plugin.json", kTextJson,
                      manifest_without_auth(asset("ai-plugin.json")), std::move(headers));
  documents_.add_text("/.well-known/openapi.yaml", kTextJson,
                      yaml_without_auth(std::string(asset("openapi.yaml"))));
}

Route Plugin::api(std::string_view path, std::vector<Method> methods, Work work, Scope scope,
                  Handler handler) {
  return {path,
          std::move(methods),
          work,
          Access::kToken,
          [this, handler](const Request& request) { return (this->*handler)(request); },
          [this](const RequestHead& head) { return gate_.refuse_early(head); },
          scope};
}

template <class Read, class Answer>
Response Plugin::with_body(const Request& request, const Read& read, const Answer& answer) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  auto& body = std::get<JsonBody>(json);
  auto input = read(body.value, errors);
  if (!errors.empty()) return validation_response(errors);
  body.value = JsonValue();  // the input is a copy: this memory is better free while the core computes
  body.memory.release();
  return answer(std::move(input));
}

Response Plugin::upsert(const Request& request) const {
  ByteHold memory(request.memory, request.head.caller);
  bool has_room = true;
  const auto read = [&](const JsonValue& body, FieldErrors& errors) {
    has_room = memory.take(memory_of_documents(body, max_documents_)) == ByteHold::Room::kTaken;
    return has_room ? read_upsert_request(body, max_documents_, errors) : std::vector<DocumentInput>();
  };
  const auto answer = [&] {
    return with_body(request, read, [&](std::vector<DocumentInput> documents) {
      if (!has_room) return plugin_refusal(no_room_refusal(kRetrySeconds));
      memory.release();  // store() counts the same again, and more
      return store(request, std::move(documents), std::move(memory));
    });
  };
  return answers_.once(
      request.head, [&] { return sha256_hex(request.body); }, answer);
}

Response Plugin::upsert_file(const Request& request) const {
  FieldErrors errors;
  const IngestOptions asked = read_ingest_options(request.head.query_string, errors);
  if (!errors.empty()) return validation_response(errors);
  auto read = read_form(request.head.header("content-type"), request.body, max_files_, request.file);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  const auto& files = std::get<std::vector<FormFile>>(read);
  return answers_.once(
      request.head, [&] { return fingerprint_of(files) + request.head.query_string; },
      [&] { return upload_files(request, files, gate_, asked, all_options_); });
}

Response Plugin::store(const Request& request, std::vector<DocumentInput> documents, ByteHold memory) const {
  if (memory.take(memory_besides_text(documents)) != ByteHold::Room::kTaken)
    return plugin_refusal(no_room_refusal(kRetrySeconds));
  return respond(request, core(request).upsert(std::move(documents), request.call()),
                 [&](std::vector<std::string> ids) {
                   return upsert_response(std::move(ids), ByteHold(request.memory, request.head.caller));
                 });
}

Response Plugin::query(const Request& request) const {
  const auto read = [this](const JsonValue& body, FieldErrors& errors) {
    return read_query_request(body, bounds_, errors);
  };
  return with_body(request, read, [&](const std::vector<QueryInput>& queries) {
    ByteHold memory = memory_of(request);
    return respond(request, core(request).query(queries, {request.call(), &memory}),
                   [&](std::vector<QueryOutput> outputs) {
                     const auto degraded = degraded_parts(outputs, gate_.index_degraded());
                     Response response =
                         query_response(std::move(outputs), std::move(memory), result_source_id_);
                     if (!degraded.empty()) response.with("x-degraded", degraded_header(degraded));
                     return response;
                   });
  });
}

Response Plugin::remove(const Request& request) const {
  return with_body(request, read_delete_request, [&](const DeleteInput& input) {
    if (input.ids.empty() && !input.filter && !input.delete_all)
      return Response::detail(400, "One of ids, filter, or delete_all is required");
    if (!input.delete_all && input.filter && !input.filter->selects_by_absence() &&
        leaves_nothing_out(*input.filter))
      return Response::detail(400, kLeavesNothingOut);
    return respond(request, core(request).remove(input, request.abandoned),
                   [](std::size_t) { return delete_response(true); });
  });
}

Response Plugin::list(const Request& request) const {
  return with_body(request, read_list_request, [&](const ListInput& input) {
    ByteHold memory = memory_of(request);
    return respond(request,
                   core(request).list(input.filter, input.offset, input.limit, {request.call(), &memory}),
                   [&](DocumentPage page) { return list_response(std::move(page), std::move(memory)); });
  });
}

}  // namespace

std::unique_ptr<Protocol> plugin_protocol(const ProtocolContext& context) {
  return std::make_unique<Plugin>(context);
}

}  // namespace rappel
