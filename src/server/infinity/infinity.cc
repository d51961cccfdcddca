#include "server/infinity/infinity.h"

#include <ctime>
#include <string>
#include <utility>

#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/embeddings_answer.h"
#include "server/input/model_errors.h"
#include "server/input/model_list.h"

namespace rappel {
namespace {

// Its client accepts the list from no other owner.
constexpr std::string_view kOwner = "infinity";

class Infinity : public Protocol {
 public:
  explicit Infinity(const ProtocolContext& context);

  std::string_view name() const override { return "infinity"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/infinity/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override {
    return local_ ? std::string_view() : asset("infinity-api.json");
  }

 private:
  Response embeddings(const Request& request) const { return answer_embeddings(gate_, request, strict_); }
  Response models(const Request& request) const;
  Response health() const;

  const CoreGate& gate_;
  const bool strict_;
  const bool local_;
  std::vector<Route> routes_;
};

Infinity::Infinity(const ProtocolContext& context)
    : gate_(context.gate), strict_(context.options.strict_models), local_(context.options.local) {
  const auto early = [this](const RequestHead& head) { return gate_.refuse_early(head); };
  routes_.push_back({"/infinity/embeddings",
                     {Method::kPost},
                     Work::kModel,
                     Access::kToken,
                     [this](const Request& request) { return embeddings(request); },
                     early});
  routes_.push_back({"/infinity/models",
                     {Method::kGet, Method::kHead},
                     Work::kQuick,
                     Access::kToken,
                     [this](const Request& request) { return models(request); },
                     early});
  routes_.push_back({"/infinity/health",
                     {Method::kGet, Method::kHead},
                     Work::kAtOnce,
                     Access::kOpen,
                     [this](const Request&) { return health(); },
                     {}});
}

Response Infinity::models(const Request& request) const {
  const auto models = gate_.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate_, request.head, models.status());
  return Response::json(model_list_json(list_models(*models), kOwner, models_created()));
}

// infinity answers the time.
Response Infinity::health() const {
  const Readiness now = gate_.readiness();
  if (now != Readiness::kReady && now != Readiness::kIdle) return model_refusal(gate_.not_ready());
  return Response::json(
      JsonWriter().begin_object().key("unix").integer(std::time(nullptr)).end_object().take());
}

}  // namespace

std::unique_ptr<Protocol> infinity_protocol(const ProtocolContext& context) {
  return std::make_unique<Infinity>(context);
}

}  // namespace rappel
