#include "server/openai/openai.h"

#include <string>
#include <utility>

#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/embeddings_answer.h"
#include "server/input/model_errors.h"
#include "server/input/model_list.h"

namespace rappel {
namespace {

constexpr const char* kDeployment = "name";
constexpr const char* kModelId = "id";
// infinity's client accepts the list at /models from no other owner.
constexpr std::string_view kOwner = "rappel", kRootOwner = "infinity";

class OpenAi : public Protocol {
 public:
  explicit OpenAi(const ProtocolContext& context);

  std::string_view name() const override { return "openai"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/v1/", "/openai/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("openai-api.json"); }

 private:
  using Handler = Response (OpenAi::*)(const Request&) const;
  void add(std::string_view path, Method method, Work work, Handler handler);

  Response embeddings(const Request& request) const;
  Response models(const Request& request) const;
  Response model(const Request& request) const;
  static Response cluster_auth(const Request& request);

  const CoreGate& gate_;
  const bool strict_;
  const bool local_;
  std::vector<Route> routes_;
};

OpenAi::OpenAi(const ProtocolContext& context)
    : gate_(context.gate), strict_(context.options.strict_models), local_(context.options.local) {
  for (const char* path :
       {"/v1/embeddings", "/embeddings", "/openai/v1/embeddings", "/openai/deployments/{name}/embeddings",
        "/jina/v1/embeddings", "/jina/embeddings"})
    add(path, Method::kPost, Work::kModel, &OpenAi::embeddings);
  for (const char* path : {"/v1/models", "/models", "/openai/v1/models", "/openai/models"})
    add(path, Method::kGet, Work::kQuick, &OpenAi::models);
  for (const char* path : {"/v1/models/{id...}", "/models/{id...}", "/openai/v1/models/{id...}"})
    add(path, Method::kGet, Work::kQuick, &OpenAi::model);
  routes_.push_back({"/v1/cluster/auth",
                     {Method::kGet, Method::kHead},
                     Work::kAtOnce,
                     Access::kOptional,
                     &OpenAi::cluster_auth,
                     {}});
}

void OpenAi::add(std::string_view path, Method method, Work work, Handler handler) {
  std::vector<Method> methods{method};
  if (method == Method::kGet) methods.push_back(Method::kHead);
  routes_.push_back({path, std::move(methods), work, Access::kToken,
                     [this, handler](const Request& request) { return (this->*handler)(request); },
                     [this](const RequestHead& head) { return gate_.refuse_early(head); }});
}

Response OpenAi::embeddings(const Request& request) const {
  return answer_embeddings(gate_, request, strict_, request.head.parameter(kDeployment));
}

Response OpenAi::models(const Request& request) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate_, request.head, models.status());
  return Response::json(model_list_json(
      list_models(*models), request.head.path == "/models" ? kRootOwner : kOwner, models_created()));
}

Response OpenAi::model(const Request& request) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate_, request.head, models.status());
  const auto fault_or = find_model(list_models(*models), request.head.parameter(kModelId));
  if (const auto* fault = std::get_if<InputFault>(&fault_or)) return model_fault(*fault);
  return Response::json(model_json(std::get<ListedModel>(fault_or), kOwner, models_created()));
}

// Without a token the client learns whether it has to send one.
Response OpenAi::cluster_auth(const Request& request) {
  const bool needed = !request.head.trusted || !request.head.token.empty();
  return Response::json(JsonWriter().begin_object().key("auth").boolean(needed).end_object().take());
}

}  // namespace

std::unique_ptr<Protocol> openai_protocol(const ProtocolContext& context) {
  return std::make_unique<OpenAi>(context);
}

}  // namespace rappel
