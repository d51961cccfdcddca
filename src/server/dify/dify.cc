#include "server/dify/dify.h"

#include <optional>
#include <string>
#include <utility>

#include "server/dify/retrieval.h"
#include "server/documents/assets.h"
#include "server/http/json_writer.h"
#include "server/input/degraded.h"
#include "server/input/model_body.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

constexpr int kBadHeader = 1001, kWrongKey = 1002, kNoKnowledge = 2001;
// Milliseconds: Dify waits 5 s for the whole answer.
constexpr double kRerankBudget = 3000;

Response failed(int status, int code, std::string_view message) {
  JsonWriter out;
  out.begin_object().key("error_code").integer(code).key("error_msg").string(message);
  return Response::json(out.end_object().take(), status);
}

Response no_knowledge() {
  return failed(404, kNoKnowledge,
                "There is no such knowledge: use the name of a collection as the Knowledge ID, or default");
}

// Also the id of its vector store, as /v1/vector_stores names it.
std::string collection_named(const CoreGate& gate, const RequestHead& head, const std::string& knowledge) {
  constexpr std::string_view kVectorStore = "vs_";
  auto collections = gate.collections(head);
  if (!collections || !knowledge.starts_with(kVectorStore) || collections->find(knowledge).ok())
    return knowledge;
  return knowledge.substr(kVectorStore.size());
}

// The knowledge is a collection. An address that names one (/c/NAME/retrieval) has that one alone, which is
// also its default; nothing: it has no such knowledge.
std::optional<std::string> collection_of(const RequestHead& head, const std::string& knowledge) {
  if (head.collection.empty() || knowledge == head.collection) return knowledge;
  return knowledge == kDefaultCollection ? std::optional(head.collection) : std::nullopt;
}

class Dify : public Protocol {
 public:
  explicit Dify(const ProtocolContext& context);

  std::string_view name() const override { return "dify"; }
  std::span<const Route> routes() const override { return {&route_, 1}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override;
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("dify-api.json"); }

 private:
  Response retrieve(const Request& request) const;
  Response answer(const Request& request, const std::string& collection, DifyRetrieval retrieval) const;

  const CoreGate& gate_;
  const std::size_t max_top_k_;
  const std::size_t max_answer_bytes_;
  const bool local_;
  const Route route_;
};

Dify::Dify(const ProtocolContext& context)
    : gate_(context.gate),
      max_top_k_(context.options.max_top_k),
      max_answer_bytes_(context.options.max_answer_bytes),
      local_(context.options.local),
      route_{"/retrieval",
             {Method::kPost},
             Work::kQuick,
             Access::kToken,
             [this](const Request& request) { return retrieve(request); },
             [this](const RequestHead& head) { return gate_.refuse_early(head); }} {}

// Where the contract has no code, it is the status.
Response Dify::refuse(const Refusal& refusal) const {
  int status = status_of(refusal.reason), code = status;
  switch (refusal.reason) {
    case Reason::kNotAuthenticated:
    case Reason::kOtherScheme: status = 403, code = kBadHeader; break;
    case Reason::kWrongToken: status = 403, code = kWrongKey; break;
    case Reason::kInvalid: status = code = 400; break;
    default: break;
  }
  return with_refusal_headers(failed(status, code, refusal.message), refusal);
}

Response Dify::retrieve(const Request& request) const {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return refuse(*refusal);
  auto read = read_dify_retrieval(std::get<ModelBody>(body).object(), max_top_k_);
  if (const auto* fault = std::get_if<InputFault>(&read)) return failed(400, 400, fault->message);
  auto& retrieval = std::get<DifyRetrieval>(read);
  const auto collection =
      collection_of(request.head, collection_named(gate_, request.head, retrieval.knowledge_id));
  return collection ? answer(request, *collection, std::move(retrieval)) : no_knowledge();
}

Response Dify::answer(const Request& request, const std::string& collection, DifyRetrieval retrieval) const {
  retrieval.query.rerank_budget = kRerankBudget;
  ByteHold memory(request.memory, request.head.caller, max_answer_bytes_);
  auto outputs = gate_.core(request.head, collection).query({retrieval.query}, {request.call(), &memory});
  if (outputs.status().code() == Code::kNotFound) return no_knowledge();
  if (!outputs.ok()) return refuse(gate_.refuse(request.head, outputs.status()));
  const auto degraded = degraded_parts(*outputs, gate_.index_degraded());
  keep_matching(retrieval, outputs->front());
  Response response = dify_records(std::move(outputs->front()), std::move(memory));
  if (!degraded.empty()) response.with("x-degraded", degraded_header(degraded));
  return response;
}

}  // namespace

std::unique_ptr<Protocol> dify_protocol(const ProtocolContext& context) {
  return std::make_unique<Dify>(context);
}

}  // namespace rappel
