#include "server/cohere/cohere.h"

#include <utility>

#include "server/cohere/cohere_models.h"
#include "server/documents/assets.h"
#include "server/input/cohere_embed.h"
#include "server/input/model_errors.h"

namespace rappel {
namespace {

class Cohere : public Protocol {
 public:
  explicit Cohere(const ProtocolContext& context);

  std::string_view name() const override { return "cohere"; }
  std::span<const Route> routes() const override { return routes_; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("cohere-api.json"); }

 private:
  void add(std::string_view path, CohereVersion version);
  Response embed(const Request& request, CohereVersion version) const;
  Response models(const Request& request) const;

  const CoreGate& gate_;
  const bool strict_;
  const bool local_;
  std::vector<Route> routes_;
};

Cohere::Cohere(const ProtocolContext& context)
    : gate_(context.gate), strict_(context.options.strict_models), local_(context.options.local) {
  for (const char* path : {"/v1/embed", "/cohere/v1/embed", "/cohere/embed"}) add(path, CohereVersion::kOne);
  for (const char* path : {"/v2/embed", "/cohere/v2/embed"}) add(path, CohereVersion::kTwo);
  // At the root this is OpenAI's list.
  routes_.push_back({"/cohere/v1/models",
                     {Method::kGet, Method::kHead},
                     Work::kQuick,
                     Access::kToken,
                     [this](const Request& request) { return models(request); },
                     [this](const RequestHead& head) { return gate_.refuse_early(head); }});
}

void Cohere::add(std::string_view path, CohereVersion version) {
  routes_.push_back({path,
                     {Method::kPost},
                     Work::kModel,
                     Access::kToken,
                     [this, version](const Request& request) { return embed(request, version); },
                     [this](const RequestHead& head) { return gate_.refuse_early(head); }});
}

Response Cohere::embed(const Request& request, CohereVersion version) const {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return model_refusal(*refusal);
  return answer_cohere_embed(gate_, request, std::get<ModelBody>(body).object(), version, strict_);
}

Response Cohere::models(const Request& request) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate_, request.head, models.status());
  return Response::json(cohere_models_json(list_models(*models)));
}

}  // namespace

std::unique_ptr<Protocol> cohere_protocol(const ProtocolContext& context) {
  return std::make_unique<Cohere>(context);
}

}  // namespace rappel
