#include "server/tei/tei.h"

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <variant>

#include "server/documents/assets.h"
#include "server/http/headers.h"
#include "server/input/cohere_embed.h"
#include "server/input/embeddings_answer.h"
#include "server/input/model_body.h"
#include "server/input/tei_errors.h"
#include "server/tei/embed_operations.h"
#include "server/tei/info.h"
#include "server/tei/operations.h"

namespace rappel {
namespace {

constexpr std::string_view kEmbedRoot = "/tei/embed", kRerankRoot = "/tei/rerank";

bool says_json(const RequestHead& head) {
  const std::string type = media_type(head.header("content-type"));
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

// The object of the body, or what is wrong with it.
std::variant<ModelBody, Response> read_tei_body(const Request& request) {
  if (!says_json(request.head))
    return Response::text("Expected request with `Content-Type: application/json`", 415);
  auto body = read_model_body(request);
  auto* refusal = std::get_if<Refusal>(&body);
  if (!refusal) return std::get<ModelBody>(std::move(body));
  if (refusal->reason == Refusal::Reason::kInvalid) return tei_fault({std::move(refusal->message)});
  return tei_refusal(*refusal);
}

class Tei : public Protocol {
 public:
  explicit Tei(const ProtocolContext& context);

  std::string_view name() const override { return "tei"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/tei/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return tei_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("tei-api.json"); }

 private:
  using Handle = std::function<Response(const Request&)>;
  void add_root(std::string_view prefix, TeiRoot root);
  void add_plain_root();
  void add_operation(std::string path, TeiRoot root, TeiOperation run);
  void add(std::string path, std::vector<Method> methods, Work work, Access access, Handle handle);

  Response answer(const Request& request, TeiRoot root, TeiOperation run) const;
  Response embed_or_cohere(const Request& request) const;
  using Started = std::chrono::steady_clock::time_point;
  Response answer(const Request& request, const JsonObject& body, TeiRoot root, TeiOperation run,
                  Started started) const;
  Response info(const Request& request, TeiRoot root) const;
  Response health() const;

  const CoreGate& gate_;
  const std::string version_;
  const bool strict_;
  const bool local_;
  std::deque<std::string> paths_;  // that the routes view
  std::vector<Route> routes_;
};

Tei::Tei(const ProtocolContext& context)
    : gate_(context.gate),
      version_(context.options.version),
      strict_(context.options.strict_models),
      local_(context.options.local) {
  add_plain_root();
  add_root(kEmbedRoot, TeiRoot::kEmbed);
  add_root(kRerankRoot, TeiRoot::kRerank);
}

void Tei::add(std::string path, std::vector<Method> methods, Work work, Access access, Handle handle) {
  const auto admit = [this](const RequestHead& head) { return gate_.refuse_early(head); };
  Route route{paths_.emplace_back(std::move(path)), std::move(methods), work, access, std::move(handle), {}};
  if (work != Work::kAtOnce) route.admit = admit;
  routes_.push_back(std::move(route));
}

void Tei::add_operation(std::string path, TeiRoot root, TeiOperation run) {
  add(std::move(path), {Method::kPost}, Work::kModel, Access::kToken,
      [this, root, run](const Request& request) { return answer(request, root, run); });
}

// Everything of both models but what belongs to other protocols: /rerank, /health and the page at GET /.
void Tei::add_plain_root() {
  for (const TeiRoute& route : tei_routes()) {
    if (route.path == "/rerank" || route.path == "/embed") continue;
    add_operation(route.path.empty() ? "/" : std::string(route.path),
                  route.embeds ? TeiRoot::kEmbed : TeiRoot::kRerank, route.run);
  }
  add("/embed", {Method::kPost}, Work::kModel, Access::kToken,
      [this](const Request& request) { return embed_or_cohere(request); });
  // Clients that need the limits ask without a token; /health shows the models too.
  add("/info", {Method::kGet, Method::kHead}, Work::kQuick, Access::kOpen,
      [this](const Request& request) { return info(request, TeiRoot::kEmbed); });
  add("/ping", {Method::kGet, Method::kHead}, Work::kAtOnce, Access::kOpen,
      [this](const Request&) { return health(); });
}

void Tei::add_root(std::string_view prefix, TeiRoot root) {
  const auto below = [prefix](std::string_view path) { return std::string(prefix) + std::string(path); };
  for (const TeiRoute& route : tei_routes())
    if (root == TeiRoot::kEmbed ? route.embeds : route.reranks)
      add_operation(below(route.path), root, route.run);
  for (const char* path : {"", "/health", "/ping"})
    add(below(path), {Method::kGet, Method::kHead}, Work::kAtOnce, Access::kOpen,
        [this](const Request&) { return health(); });
  add(below("/info"), {Method::kGet, Method::kHead}, Work::kQuick, Access::kOpen,
      [this, root](const Request& request) { return info(request, root); });
  if (root != TeiRoot::kEmbed) return;
  for (const char* path : {"/v1/embeddings", "/embeddings"})
    add(below(path), {Method::kPost}, Work::kModel, Access::kToken,
        [this](const Request& request) { return answer_embeddings(gate_, request, strict_); });
}

Response Tei::answer(const Request& request, TeiRoot root, TeiOperation run) const {
  const Started started = std::chrono::steady_clock::now();
  auto body = read_tei_body(request);
  if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
  return answer(request, std::get<ModelBody>(body).object(), root, run, started);
}

// The body tells the two contracts of this path apart.
Response Tei::embed_or_cohere(const Request& request) const {
  const Started started = std::chrono::steady_clock::now();
  auto body = read_tei_body(request);
  if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
  const JsonObject& object = std::get<ModelBody>(body).object();
  if (is_cohere_embed(object))
    return answer_cohere_embed(gate_, request, object, CohereVersion::kOne, strict_);
  return answer(request, object, TeiRoot::kEmbed, tei_embed, started);
}

Response Tei::answer(const Request& request, const JsonObject& body, TeiRoot root, TeiOperation run,
                     Started started) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return tei_failure(gate_, request.head, models.status());
  return tei_response(run({gate_, request, *models, root}, body), started);
}

Response Tei::info(const Request& request, TeiRoot root) const {
  const auto models = gate_.shown_models(request.abandoned);
  if (!models.ok()) return tei_failure(gate_, request.head, models.status());
  return Response::json(tei_info(*models, root, version_));
}

Response Tei::health() const {
  const Readiness now = gate_.readiness();
  if (now == Readiness::kReady || now == Readiness::kIdle) return Response::json(R"({"status":"ok"})");
  return with_refusal_headers(tei_error(TeiError::kUnhealthy, "unhealthy"), gate_.not_ready());
}

}  // namespace

std::unique_ptr<Protocol> tei_protocol(const ProtocolContext& context) {
  return std::make_unique<Tei>(context);
}

}  // namespace rappel
