#include "server/rerank/rerank.h"

#include <chrono>
#include <string>
#include <utility>

#include "server/documents/assets.h"
#include "server/input/model_errors.h"
#include "server/input/rerank_answer.h"
#include "server/input/tei_rerank.h"
#include "server/rerank/score.h"

namespace rappel {
namespace {

constexpr struct {
  std::string_view path;
  RerankDialect dialect;
} kPaths[] = {
    {"/v1/rerank", RerankDialect::kCohere1},        {"/v1/reranking", RerankDialect::kCohere1},
    {"/reranking", RerankDialect::kCohere1},        {"/v2/rerank", RerankDialect::kCohere2},
    {"/cohere/rerank", RerankDialect::kCohere1},    {"/cohere/v1/rerank", RerankDialect::kCohere1},
    {"/cohere/v2/rerank", RerankDialect::kCohere2}, {"/jina/rerank", RerankDialect::kJina},
    {"/jina/v1/rerank", RerankDialect::kJina},      {"/infinity/rerank", RerankDialect::kInfinity},
    {"/voyage/v1/rerank", RerankDialect::kVoyage},
};

class Rerank : public Protocol {
 public:
  explicit Rerank(const ProtocolContext& context);

  std::string_view name() const override { return "rerank"; }
  std::span<const Route> routes() const override { return routes_; }
  std::vector<std::string_view> prefixes() const override { return {"/v2/", "/cohere/", "/jina/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("rerank-api.json"); }

 private:
  template <class Answer>
  void add(std::string_view path, Answer answer);
  Response rerank_or_tei(const Request& request) const;

  const CoreGate& gate_;
  const RerankService service_;
  const bool local_;
  std::vector<Route> routes_;
};

Rerank::Rerank(const ProtocolContext& context)
    : gate_(context.gate),
      service_{context.gate, context.options.strict_models, {model_fault, model_refusal}},
      local_(context.options.local) {
  add("/rerank", [this](const Request& request) { return rerank_or_tei(request); });
  for (const auto& [path, dialect] : kPaths)
    add(path, [this, dialect = dialect](const Request& request) {
      return answer_rerank(service_, request, dialect);
    });
  for (const char* path : {"/v1/score", "/score"})
    add(path, [this](const Request& request) { return answer_score(service_, request); });
}

template <class Answer>
void Rerank::add(std::string_view path, Answer answer) {
  routes_.push_back({path,
                     {Method::kPost},
                     Work::kModel,
                     Access::kToken,
                     std::move(answer),
                     [this](const RequestHead& head) { return gate_.refuse_early(head); }});
}

// The body tells the two contracts of this path apart.
Response Rerank::rerank_or_tei(const Request& request) const {
  const auto started = std::chrono::steady_clock::now();
  auto read = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return model_refusal(*refusal);
  auto& body = std::get<ModelBody>(read);
  if (is_tei_rerank(body.object())) return tei_response(tei_rerank(gate_, request, body.object()), started);
  return answer_rerank(service_, request.head, request.call(), std::move(body), RerankDialect::kCohere1);
}

}  // namespace

std::unique_ptr<Protocol> rerank_protocol(const ProtocolContext& context) {
  return std::make_unique<Rerank>(context);
}

}  // namespace rappel
