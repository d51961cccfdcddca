#include "server/collections/collections.h"

#include <fmt/format.h>

#include <utility>

#include "server/documents/assets.h"
#include "server/http/headers.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/input/ingest_options.h"
#include "server/input/json_body.h"
#include "server/input/members.h"

namespace rappel {
namespace {

constexpr const char* kNone = "This server has no collections but the default one";

// `usage`: null where it was not asked for, or cannot be told.
void write(JsonWriter& out, const CollectionSettings& settings, const CollectionUsage* usage = nullptr) {
  out.begin_object().key("name").string(settings.name);
  out.key("description").string(settings.description);
  out.key("created_at").integer(settings.created_at);
  if (settings.chunk_tokens)
    out.key("chunk_tokens").integer(static_cast<std::int64_t>(*settings.chunk_tokens));
  if (settings.chunk_overlap)
    out.key("chunk_overlap").integer(static_cast<std::int64_t>(*settings.chunk_overlap));
  out.key("metadata").begin_object();
  for (const auto& [key, value] : settings.metadata) out.key(key).string(value);
  out.end_object();
  if (usage != nullptr) {
    out.key("documents").integer(usage->documents).key("chunks").integer(usage->chunks);
    out.key("bytes").integer(static_cast<std::int64_t>(usage->bytes));
  }
  out.end_object();
}

Response one_response(const CollectionSettings& settings, int status = 200,
                      const CollectionUsage* usage = nullptr) {
  JsonWriter out;
  write(out, settings, usage);
  return Response::json(out.take(), status);
}

Response counted_response(const CollectionSettings& settings, PrincipalCollections& host) {
  const auto usage = host.usage(settings.name);
  return one_response(settings, 200, usage.ok() ? &*usage : nullptr);
}

// Bounds are those of check_collection().
CollectionSettings read_settings(const JsonValue& body, FieldErrors& errors) {
  CollectionSettings settings;
  const JsonObject* object = read_object(body, kBodyPath, errors);
  if (object == nullptr) return settings;
  const auto text = [&](std::string_view name, const JsonValue* value) {
    return value == nullptr ? "" : read_text(*value, kBodyPath.member(name), errors).value_or("");
  };
  const auto size = [&](std::string_view name) -> std::optional<std::size_t> {
    const JsonValue* value = given_member(*object, name);
    if (value == nullptr) return std::nullopt;
    const auto number = read_bounded(*value, 0, 8192, kBodyPath.member(name), errors);
    return number ? std::optional(static_cast<std::size_t>(*number)) : std::nullopt;
  };
  settings.name = text("name", required_member(*object, "name", kBodyPath, errors));
  settings.description = text("description", given_member(*object, "description"));
  settings.chunk_tokens = size("chunk_tokens");
  settings.chunk_overlap = size("chunk_overlap");
  const FieldPath metadata = kBodyPath.member("metadata");
  if (const JsonValue* value = given_member(*object, "metadata"))
    if (const JsonObject* pairs = read_object(*value, metadata, errors))
      for (const auto& [key, item] : *pairs)
        settings.metadata[std::string(key)] = read_text(item, metadata.member(key), errors).value_or("");
  return settings;
}

class CollectionRoutes : public Protocol {
 public:
  explicit CollectionRoutes(const ProtocolContext& context)
      : gate_(context.gate),
        local_(context.options.local),
        routes_{route("/v1/collections", Method::kGet, Scope::kRead, &CollectionRoutes::list),
                route("/v1/collections", Method::kPost, Scope::kAdmin, &CollectionRoutes::create),
                route("/v1/collections/{name}", Method::kGet, Scope::kRead, &CollectionRoutes::show),
                route("/v1/collections/{name}", Method::kDelete, Scope::kAdmin, &CollectionRoutes::drop)} {}

  std::string_view name() const override { return "collections"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  std::string_view openapi() const override {
    return local_ ? std::string_view() : asset("collections-api.json");
  }

 private:
  using Handler = Response (CollectionRoutes::*)(const Request&, PrincipalCollections&) const;
  Route route(std::string_view path, Method method, Scope scope, Handler handler) const {
    return {.path = path,
            .methods = {method},
            .work = Work::kQuick,
            .access = Access::kToken,
            .handle =
                [this, handler](const Request& request) {
                  auto host = gate_.collections(request.head);
                  return host ? (this->*handler)(request, *host) : Response::detail(404, kNone);
                },
            .admit = [this](const RequestHead& head) { return gate_.refuse_early(head); },
            .scope = scope};
  }

  Response list(const Request& request, PrincipalCollections& host) const;
  Response create(const Request& request, PrincipalCollections& host) const;
  Response show(const Request& request, PrincipalCollections& host) const;
  Response drop(const Request& request, PrincipalCollections& host) const;
  Response fail(const Request& request, const Status& status) const;

  const CoreGate& gate_;
  const bool local_;
  std::vector<Route> routes_;
};

Response CollectionRoutes::fail(const Request& request, const Status& status) const {
  switch (status.code()) {
    case Code::kFailedPrecondition: return Response::detail(409, status.message());
    case Code::kUnavailable:
      if (status.retry_after() > 0)
        return Response::detail(503, status.message())
            .with("retry-after", std::to_string(status.retry_after()));
      [[fallthrough]];
    default: return plugin_refusal(gate_.refuse(request.head, status));
  }
}

Response CollectionRoutes::list(const Request& request, PrincipalCollections& host) const {
  const auto all = host.list();
  if (!all.ok()) return fail(request, all.status());
  const bool counted = query_member(request.head.query_string, "counts").value_or("") == "true";
  JsonWriter out;
  const auto add = [&](const CollectionSettings& one) {
    if (request.abandoned.stop_requested()) return;
    const auto usage = counted ? host.usage(one.name) : Status(Code::kNotFound, "not asked for");
    write(out, one, usage.ok() ? &*usage : nullptr);
  };
  out.begin_object().key("collections").begin_array();
  if (host.has(kDefaultCollection)) add({.name = std::string(kDefaultCollection)});
  for (const CollectionSettings& one : *all) add(one);
  out.end_array().end_object();
  return Response::json(out.take());
}

Response CollectionRoutes::create(const Request& request, PrincipalCollections& host) const {
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  CollectionSettings settings = read_settings(std::get<JsonBody>(json).value, errors);
  if (!errors.empty()) return validation_response(errors);
  const auto created = host.create(std::move(settings));
  return created.ok() ? one_response(*created, 201) : fail(request, created.status());
}

Response CollectionRoutes::show(const Request& request, PrincipalCollections& host) const {
  const std::string_view name = request.head.parameter("name");
  if (name == kDefaultCollection && host.admit(name).ok())
    return counted_response({.name = std::string(name)}, host);
  const auto found = host.find(name);
  return found.ok() ? counted_response(*found, host) : fail(request, found.status());
}

Response CollectionRoutes::drop(const Request& request, PrincipalCollections& host) const {
  const std::string name(request.head.parameter("name"));
  if (const Status there = name == kDefaultCollection ? host.admit(name) : host.find(name).status();
      there.code() == Code::kNotFound)
    return fail(request, there);
  if (percent_decoded(query_member(request.head.query_string, "confirm").value_or("")) != name)
    return Response::detail(
        422,
        fmt::format("This removes all documents of the collection: repeat its name as ?confirm={}", name));
  if (const Status status = host.drop(name); !status.ok()) return fail(request, status);
  JsonWriter out;
  out.begin_object().key("name").string(name).key("dropped").boolean(true).end_object();
  return Response::json(out.take());
}

}  // namespace

std::unique_ptr<Protocol> collections_protocol(const ProtocolContext& context) {
  return std::make_unique<CollectionRoutes>(context);
}

}  // namespace rappel
