#include "server/input/tei_rerank.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "embed/reranker.h"
#include "server/input/lenient_object.h"
#include "server/input/tei_errors.h"

namespace rappel {
namespace {

struct RerankBody {
  RerankJob job;
  bool raw_scores = false, return_text = false, refuse_longer = false;
};

std::variant<RerankBody, Response> read_body(const JsonObject& object) {
  LenientObject body(object);
  RerankBody out;
  for (const char* name : {"query", "texts"})
    if (body.find(name) == nullptr) return tei_missing(name);
  out.job.query = body.text("query").value_or("");
  const auto* texts = body.find("texts")->as<JsonArray>();
  if (!texts) body.refuse("texts", "must be an array of strings");
  if (texts && texts->empty()) return tei_empty("texts");
  if (texts && texts->size() > kMaxRerankTexts)
    return tei_error(TeiError::kValidation, fmt::format("batch size {} > maximum allowed batch size {}",
                                                        texts->size(), kMaxRerankTexts));
  for (std::size_t i = 0; texts && i < texts->size() && !body.fault(); ++i) {
    const auto* text = (*texts)[i].as<std::string>();
    text ? out.job.passages.push_back(*text) : body.refuse("texts", "must be an array of strings");
  }
  out.raw_scores = body.boolean("raw_scores").value_or(false);
  out.return_text = body.boolean("return_text").value_or(false);
  out.refuse_longer = !body.boolean("truncate").value_or(true);
  if (body.fault()) return tei_fault(*body.fault());
  return out;
}

float sigmoid(double logit) { return static_cast<float>(1 / (1 + std::exp(-logit))); }

void write_ranks(JsonWriter& out, const RerankBody& body, const std::vector<float>& logits) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return logits[a] > logits[b]; });
  out.begin_array();
  for (const std::size_t i : order) {
    out.begin_object().key("index").integer(static_cast<std::int64_t>(i));
    if (body.return_text) out.key("text").string(body.job.passages[i]);
    out.key("score").number(body.raw_scores ? logits[i] : sigmoid(logits[i])).end_object();
  }
  out.end_array();
}

}  // namespace

bool is_tei_rerank(const JsonObject& body) { return find_member(body, "texts") != nullptr; }

TeiResult tei_rerank(const CoreGate& gate, const Request& request, const JsonObject& object) {
  auto read = read_body(object);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  const auto& body = std::get<RerankBody>(read);
  const auto models = gate.core(request.head).models(request.abandoned);
  if (!models.ok()) return tei_failure(gate, request.head, models.status());
  if (!models->reranker)
    return tei_error(TeiError::kBackend,
                     "This server has no reranker; set RERANK_ENABLE=true and RERANK_MODEL");
  const auto scores = models->reranker->score_pairs(body.job, body.refuse_longer, request.call());
  if (!scores.ok()) return tei_failure(gate, request.head, scores.status());
  JsonWriter out;
  write_ranks(out, body, scores->logits);
  TeiAnswer answer = whole_answer(std::move(out));
  answer.tokens = scores->tokens;
  answer.cut = scores->cut;
  answer.characters = body.job.query.size();
  for (const std::string& text : body.job.passages) answer.characters += text.size();
  return answer;
}

}  // namespace rappel
