#include "server/tei/operations.h"

#include <utility>

#include "server/http/json_writer.h"
#include "server/input/tei_errors.h"
#include "server/input/tei_rerank.h"
#include "server/tei/embed_operations.h"
#include "server/tei/inputs.h"
#include "server/tei/predict.h"
#include "server/tei/token_operations.h"

namespace rappel {
namespace {

TeiResult rerank(const TeiCall& call, const JsonObject& body) {
  return tei_rerank(call.gate, call.request, body);
}

// By the members of the body: clients of Hugging Face post to the root.
TeiResult by_members(const TeiCall& call, const JsonObject& body) {
  if (is_tei_rerank(body)) return rerank(call, body);
  const JsonValue* inputs = find_member(body, "inputs");
  if (inputs && inputs->as<JsonObject>()) return tei_similarity(call, body);
  return call.root == TeiRoot::kRerank ? tei_predict(call, body) : tei_embed(call, body);
}

// Bytes of an answer of /vertex, which is in memory as a whole.
constexpr std::size_t kMostPredictions = std::size_t{32} << 20;

struct Named {
  std::string_view name;
  TeiOperation run;
};

constexpr Named kInstances[] = {
    {"embed", tei_embed},     {"embed_all", tei_embed_all}, {"embed_sparse", tei_embed_sparse},
    {"predict", tei_predict}, {"rerank", rerank},           {"tokenize", tei_tokenize}};

// An instance may name its operation as `type`.
TeiOperation operation_of(const JsonObject& instance) {
  const JsonValue* type = find_member(instance, "type");
  const auto* name = type ? type->as<std::string>() : nullptr;
  for (const Named& named : kInstances)
    if (name && *name == named.name) return named.run;
  return by_members;
}

TeiResult vertex(const TeiCall& call, const JsonObject& body) {
  const JsonValue* value = find_member(body, "instances");
  const auto* instances = value ? value->as<JsonArray>() : nullptr;
  if (!instances) return tei_missing("instances");
  if (instances->empty()) return tei_empty("instances");
  if (instances->size() > kMaxTeiInputs)
    return tei_error(TeiError::kValidation, "batch size " + std::to_string(instances->size()) +
                                                " > maximum allowed batch size " +
                                                std::to_string(kMaxTeiInputs));
  JsonWriter out;
  TeiAnswer all;
  out.begin_object().key("predictions").begin_array();
  for (const JsonValue& item : *instances) {
    const auto* instance = item.as<JsonObject>();
    if (!instance) return tei_fault({"`instances` must be an array of objects"});
    TeiResult result = operation_of(*instance)(call, *instance);
    auto* answer = std::get_if<TeiAnswer>(&result);
    if (!answer) return result;
    while (answer->next(out)) {
    }
    if (out.size() > kMostPredictions)
      return tei_error(TeiError::kValidation, "The predictions are too large together; send fewer instances");
    all.characters += answer->characters;
    all.tokens += answer->tokens;
    all.cut += answer->cut;
  }
  all.next = whole_answer(std::move(out.end_array().end_object())).next;
  return all;
}

// The root's /rerank belongs to the protocol of reranking, which calls tei_rerank().
constexpr TeiRoute kRoutes[] = {
    {"", by_members, true, true},
    {"/embed", tei_embed, true, false},
    {"/embed_sparse", tei_embed_sparse, true, false},
    {"/embed_all", tei_embed_all, true, false},
    {"/similarity", tei_similarity, true, false},
    {"/rerank", rerank, false, true},
    {"/predict", tei_predict, false, true},
    {"/tokenize", tei_tokenize, true, true},
    {"/decode", tei_decode, true, true},
    {"/vertex", vertex, true, true},
    {"/invocations", by_members, true, true},
};

}  // namespace

std::span<const TeiRoute> tei_routes() { return kRoutes; }

}  // namespace rappel
