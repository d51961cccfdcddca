#include "server/tei/predict.h"

#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "embed/reranker.h"
#include "server/http/json_writer.h"
#include "server/input/tei_errors.h"
#include "server/input/tei_rerank.h"

namespace rappel {
namespace {

constexpr std::string_view kRule =
    "must be a string, an array of one or two strings, or an array of such arrays";

using Pair = std::pair<std::string, std::string>;

// A text alone is a pair with an empty second text.
std::optional<Pair> pair_of(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return Pair(*text, "");
  const auto* items = value.as<JsonArray>();
  if (!items || items->empty() || items->size() > 2) return std::nullopt;
  const auto *first = items->front().as<std::string>(), *second = items->back().as<std::string>();
  if (!first || !second) return std::nullopt;
  return Pair(*first, items->size() == 2 ? *second : std::string());
}

// The score of each pair; pairs with the same first text share a job.
Result<PairScores> score(Reranker& reranker, const std::vector<Pair>& pairs, bool refuse_longer,
                         const CallContext& context) {
  std::map<std::string, std::vector<std::size_t>> by_query;
  for (std::size_t i = 0; i < pairs.size(); ++i) by_query[pairs[i].first].push_back(i);
  PairScores all;
  all.logits.resize(pairs.size());
  for (const auto& [query, places] : by_query) {
    RerankJob job;
    job.query = query;
    for (const std::size_t i : places) job.passages.push_back(pairs[i].second);
    RAPPEL_ASSIGN(const PairScores some, reranker.score_pairs(job, refuse_longer, context));
    for (std::size_t k = 0; k < places.size(); ++k) all.logits[places[k]] = some.logits[k];
    all.tokens += some.tokens;
    all.cut += some.cut;
  }
  return all;
}

void write_prediction(JsonWriter& out, float logit, bool raw) {
  const double number = raw ? double{logit} : 1 / (1 + std::exp(-double{logit}));
  out.begin_array().begin_object().key("score").number(static_cast<float>(number));
  out.key("label").string("LABEL_0").end_object().end_array();
}

}  // namespace

TeiResult tei_predict(const TeiCall& call, const JsonObject& object) {
  LenientObject body(object);
  const JsonValue* inputs = body.find("inputs");
  if (!inputs) return tei_missing("inputs");
  const auto* items = inputs->as<JsonArray>();
  if (items && items->empty()) return tei_empty("inputs");
  const bool batch = items && items->front().as<JsonArray>() != nullptr;
  if (batch && items->size() > kMaxRerankTexts)
    return tei_error(TeiError::kValidation, fmt::format("batch size {} > maximum allowed batch size {}",
                                                        items->size(), kMaxRerankTexts));
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < (batch ? items->size() : 1); ++i) {
    auto pair = pair_of(batch ? (*items)[i] : *inputs);
    pair ? pairs.push_back(*std::move(pair)) : body.refuse("inputs", kRule);
  }
  const bool raw = body.boolean("raw_scores").value_or(false);
  const bool refuse_longer = !body.boolean("truncate").value_or(true);
  if (body.fault()) return tei_fault(*body.fault());
  if (!call.models.reranker)
    return tei_error(TeiError::kBackend,
                     "This server has no reranker; set RERANK_ENABLE=true and RERANK_MODEL");
  const auto scores = score(*call.models.reranker, pairs, refuse_longer, call.request.call());
  if (!scores.ok()) return tei_failure(call.gate, call.request.head, scores.status());
  JsonWriter out;
  if (batch) out.begin_array();
  for (const float logit : scores->logits) write_prediction(out, logit, raw);
  if (batch) out.end_array();
  TeiAnswer answer = whole_answer(std::move(out));
  answer.tokens = scores->tokens;
  answer.cut = scores->cut;
  for (const auto& [first, second] : pairs) answer.characters += first.size() + second.size();
  return answer;
}

}  // namespace rappel
