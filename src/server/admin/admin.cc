#include "server/admin/admin.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "access/new_token.h"
#include "codec/json.h"
#include "server/admin/token_body.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/token_keeper.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

constexpr const char* kLimited =
    "This token is limited to a filter or to collections: use an administrator's token without limits";
constexpr const char* kNoTokens = "This server runs without tokens, so it has none to manage";

Response fresh(Response response) { return std::move(response).with("cache-control", "no-store"); }

class Admin : public Protocol {
 public:
  explicit Admin(const ProtocolContext& context)
      : gate_(context.gate),
        tokens_(context.options.token_keeper),
        settings_(context.options.settings),
        local_(context.options.local),
        routes_{route("/v1/tokens", Method::kGet, &Admin::list),
                route("/v1/tokens", Method::kPost, &Admin::add),
                route("/v1/tokens/{name}", Method::kDelete, &Admin::revoke),
                route("/v1/settings", Method::kGet, &Admin::show_settings)} {}

  std::string_view name() const override { return "admin"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("admin-api.json"); }

 private:
  using Handler = Response (Admin::*)(const Request&) const;
  Route route(std::string_view path, Method method, Handler handler) const {
    return {.path = path,
            .methods = {method},
            .work = Work::kQuick,
            .access = Access::kToken,
            .handle = [this, handler](const Request& request) { return fresh((this->*handler)(request)); },
            .admit = [](const RequestHead& head) -> std::optional<Refusal> {
              if (head.principal->sees_all()) return std::nullopt;
              return Refusal{Reason::kForbidden, kLimited};
            },
            .scope = Scope::kAdmin};
  }

  Response list(const Request& request) const;
  Response add(const Request& request) const;
  Response revoke(const Request& request) const;
  Response show_settings(const Request& request) const;
  Response fail(const Request& request, const Status& status) const;

  const CoreGate& gate_;
  TokenKeeper* const tokens_;
  const std::vector<SettingFact>& settings_;
  const bool local_;
  std::vector<Route> routes_;
};

Response Admin::fail(const Request& request, const Status& status) const {
  if (status.code() == Code::kFailedPrecondition) return Response::detail(409, status.message());
  return plugin_refusal(gate_.refuse(request.head, status));
}

Response Admin::list(const Request& request) const {
  if (tokens_ == nullptr) return Response::detail(404, kNoTokens);
  const auto records = tokens_->list();
  if (!records.ok()) return fail(request, records.status());
  Json tokens = Json::array();
  for (const TokenRecord& record : *records) tokens.push_back(token_json(record));
  return Response::json(dump_json(Json{{"tokens", std::move(tokens)}}));
}

Response Admin::add(const Request& request) const {
  if (tokens_ == nullptr) return Response::detail(404, kNoTokens);
  const auto asked = read_new_token(request.body);
  if (!asked.ok()) return fail(request, asked.status());
  const auto now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  auto record = token_record(*asked, now.count());
  if (!record.ok()) return fail(request, record.status());
  const auto token = tokens_->add(*record);
  if (!token.ok()) return fail(request, token.status());
  Json json = token_json(*record);
  json.erase("created_at");  // the record of the file has it
  json["token"] = *token;
  return Response::json(dump_json(json), 201);
}

Response Admin::revoke(const Request& request) const {
  if (tokens_ == nullptr) return Response::detail(404, kNoTokens);
  const std::string name(request.head.parameter("name"));
  if (const Status status = tokens_->revoke(name); !status.ok()) return fail(request, status);
  return Response::json(dump_json(Json{{"name", name}, {"revoked", true}}));
}

Response Admin::show_settings(const Request&) const {
  JsonWriter out;
  out.begin_object().key("settings").begin_array();
  for (const SettingFact& one : settings_) {
    out.begin_object().key("name").string(one.name).key("group").string(one.group);
    out.key("value").string(one.value).key("where").string(one.where);
    out.key("is_default").boolean(one.is_default).key("is_secret").boolean(one.is_secret);
    out.key("help").string(one.help).end_object();
  }
  return Response::json(out.end_array().end_object().take());
}

}  // namespace

std::unique_ptr<Protocol> admin_protocol(const ProtocolContext& context) {
  return std::make_unique<Admin>(context);
}

}  // namespace rappel
