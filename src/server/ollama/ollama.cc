#include "server/ollama/ollama.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/timestamp.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/model_body.h"
#include "server/input/model_names.h"
#include "server/input/rerank_answer.h"
#include "server/ollama/ollama_embed.h"
#include "server/ollama/ollama_errors.h"
#include "server/ollama/ollama_models.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

// The API as it was in this version; older ones make clients fall back to /api/embeddings.
constexpr std::string_view kVersion = "0.12.0";

class Ollama : public Protocol {
 public:
  explicit Ollama(const ProtocolContext& context);

  std::string_view name() const override { return "ollama"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/api/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return ollama_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("ollama-api.json"); }

 private:
  using Handler = Response (Ollama::*)(const Request&) const;
  void add(std::string_view path, Method method, Work work, Handler handler);
  // answer(models, body): of a request with a JSON body.
  template <class Answer>
  Response with_body(const Request& request, const Answer& answer) const;
  // The texts' vectors, or the response that says why there are none.
  std::variant<EmbeddedTexts, Response> embed_input(const Request& request, Embedder& embedder,
                                                    const OllamaEmbed& input, bool unit_length) const;
  bool unknown(std::string_view name, const Embedder& embedder) const;

  Response embed(const Request& request) const;
  Response embeddings(const Request& request) const;
  Response rerank(const Request& request) const;
  Response tags(const Request& request) const;
  Response show(const Request& request) const;
  Response version(const Request& request) const;
  Response ps(const Request& request) const;
  Response pull(const Request& request) const;

  const CoreGate& gate_;
  const bool strict_;
  const bool local_;
  const std::string started_at_;
  std::vector<Route> routes_;
};

Ollama::Ollama(const ProtocolContext& context)
    : gate_(context.gate),
      strict_(context.options.strict_models),
      local_(context.options.local),
      started_at_(format_timestamp_utc(std::chrono::system_clock::now())) {
  add("/api/embed", Method::kPost, Work::kModel, &Ollama::embed);
  add("/api/embeddings", Method::kPost, Work::kModel, &Ollama::embeddings);
  add("/api/rerank", Method::kPost, Work::kModel, &Ollama::rerank);
  add("/api/tags", Method::kGet, Work::kQuick, &Ollama::tags);
  add("/api/show", Method::kPost, Work::kQuick, &Ollama::show);
  add("/api/version", Method::kGet, Work::kAtOnce, &Ollama::version);
  add("/api/ps", Method::kGet, Work::kQuick, &Ollama::ps);
  add("/api/pull", Method::kPost, Work::kQuick, &Ollama::pull);
}

void Ollama::add(std::string_view path, Method method, Work work, Handler handler) {
  std::vector<Method> methods{method};
  if (method == Method::kGet) methods.push_back(Method::kHead);
  Route route{path,
              std::move(methods),
              work,
              Access::kToken,
              [this, handler](const Request& request) { return (this->*handler)(request); },
              {}};
  if (work != Work::kAtOnce)
    route.admit = [this](const RequestHead& head) { return gate_.refuse_early(head); };
  routes_.push_back(std::move(route));
}

template <class Answer>
Response Ollama::with_body(const Request& request, const Answer& answer) const {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return refuse(*refusal);
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return ollama_failure(gate_, request.head, models.status());
  return answer(*models, std::get<ModelBody>(body).object());
}

bool Ollama::unknown(std::string_view name, const Embedder& embedder) const {
  return refuse_model_name(name, shown_model_name(embedder.identity().name), strict_).has_value();
}

std::variant<EmbeddedTexts, Response> Ollama::embed_input(const Request& request, Embedder& embedder,
                                                          const OllamaEmbed& input, bool unit_length) const {
  if (unknown(input.model, embedder)) return ollama_no_model(input.model);
  if (input.texts.empty()) return EmbeddedTexts{};
  EmbedRequest embed;
  embed.dimensions = input.dimensions;
  embed.overlong = input.overlong;
  embed.unit_length = unit_length;
  embed.flow = request.head.flow();
  embed.cancel = request.abandoned;
  auto embedded = embed_texts(embedder, input.texts, embed, ByteHold(request.memory, request.head.caller),
                              request.head.trace.get());
  if (!embedded.ok()) return ollama_failure(gate_, request.head, embedded.status());
  return *std::move(embedded);
}

Response Ollama::embed(const Request& request) const {
  const Clock::time_point begin = Clock::now();
  return with_body(request, [&](const ServedModels& models, const JsonObject& body) {
    OllamaTimes times{.load = Clock::now() - begin};
    auto read = read_ollama_embed(body, models.embedder.dimension());
    if (const auto* fault = std::get_if<InputFault>(&read)) return ollama_error(400, fault->message);
    auto& input = std::get<OllamaEmbed>(read);
    auto embedded = embed_input(request, models.embedder, input, true);
    if (auto* refusal = std::get_if<Response>(&embedded)) return std::move(*refusal);
    times.total = Clock::now() - begin;
    std::string name =
        input.model.empty() ? ollama_name(shown_model_name(models.embedder.identity().name)) : input.model;
    return ollama_embed_response(std::move(std::get<EmbeddedTexts>(embedded)), std::move(name), times);
  });
}

// Vectors as the model gives them, of whatever length: so does Ollama.
Response Ollama::embeddings(const Request& request) const {
  return with_body(request, [&](const ServedModels& models, const JsonObject& body) {
    const auto read = read_ollama_embeddings(body);
    if (const auto* fault = std::get_if<InputFault>(&read)) return ollama_error(400, fault->message);
    auto embedded = embed_input(request, models.embedder, std::get<OllamaEmbed>(read), false);
    if (auto* refusal = std::get_if<Response>(&embedded)) return std::move(*refusal);
    return ollama_embeddings_response(std::get<EmbeddedTexts>(embedded));
  });
}

// Ollama has no such route, but clients of it ask for it.
Response Ollama::rerank(const Request& request) const {
  constexpr ModelErrorShape kErrors{
      [](const InputFault& fault) { return ollama_error(fault.status, fault.message); }, ollama_refusal};
  return answer_rerank({gate_, strict_, kErrors}, request, RerankDialect::kOllama);
}

Response Ollama::tags(const Request& request) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return ollama_failure(gate_, request.head, models.status());
  return Response::json(ollama_tags_json(ollama_model_of(models->embedder, started_at_)));
}

// Old clients say `name`.
std::string asked_model(const JsonObject& object) {
  LenientObject body(object);
  return body.text("model").value_or(body.text("name").value_or(""));
}

Response Ollama::show(const Request& request) const {
  return with_body(request, [&](const ServedModels& models, const JsonObject& body) {
    const std::string name = asked_model(body);
    if (unknown(name, models.embedder)) return ollama_no_model(name);
    return Response::json(ollama_show_json(ollama_model_of(models.embedder, started_at_)));
  });
}

Response Ollama::version(const Request&) const {
  return Response::json(JsonWriter().begin_object().key("version").string(kVersion).end_object().take());
}

Response Ollama::ps(const Request& request) const {
  if (gate_.readiness() != Readiness::kReady) return Response::json(ollama_ps_json(nullptr));
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return ollama_failure(gate_, request.head, models.status());
  const OllamaModel model = ollama_model_of(models->embedder, started_at_);
  return Response::json(ollama_ps_json(&model));
}

// Nothing is fetched: the model is there, or the operator has to choose it.
Response Ollama::pull(const Request& request) const {
  return with_body(request, [&](const ServedModels& models, const JsonObject& object) {
    const std::string name = asked_model(object);
    if (!names_model(name, shown_model_name(models.embedder.identity().name)))
      return ollama_error(
          404, "this server does not have that model and fetches none; GET /api/tags lists its model");
    LenientObject body(object);
    std::string done = R"({"status":"success"})";
    if (!body.boolean("stream").value_or(true)) return Response::json(std::move(done));
    return Response{200, "application/x-ndjson", std::move(done) + "\n", {}, {}};
  });
}

}  // namespace

std::unique_ptr<Protocol> ollama_protocol(const ProtocolContext& context) {
  return std::make_unique<Ollama>(context);
}

}  // namespace rappel
