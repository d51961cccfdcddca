#include "server/rerank/score.h"

#include <chrono>
#include <initializer_list>
#include <map>
#include <utility>

#include "base/os/random.h"
#include "server/http/json_writer.h"
#include "server/input/model_embed.h"
#include "server/input/model_names.h"
#include "server/input/model_rerank.h"
#include "server/input/rerank_request.h"

namespace rappel {
namespace {

struct ScoreRequest {
  std::string model;  // as asked for; may be empty
  std::vector<std::string> queries, texts;
  RankOptions options;
};

struct Scores {
  std::vector<double> scores;  // of each text
  std::size_t tokens = 0, cut = 0;
};

// The first name that the body has; else the first of all.
std::string_view given_name(const LenientObject& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (body.find(name) != nullptr) return name;
  return *names.begin();
}

std::variant<ScoreRequest, InputFault> read_score_request(const JsonObject& object) {
  LenientObject body(object);
  ScoreRequest request;
  request.model = body.text("model").value_or("");
  const std::string_view queries = given_name(body, {"queries", "text_1", "data_1"});
  request.queries = read_rerank_texts(body, queries);
  request.texts = read_rerank_texts(body, given_name(body, {"documents", "items", "text_2", "data_2"}));
  request.options = {wants_raw_scores(body), refuses_longer(body)};
  if (request.queries.size() != 1 && request.queries.size() != request.texts.size())
    body.refuse(queries, "must be one text, or as many as there are documents");
  if (body.fault()) return *body.fault();
  return request;
}

// The numbers of the texts that each query is paired with.
std::map<std::string, std::vector<std::size_t>> texts_of_queries(const ScoreRequest& request) {
  std::map<std::string, std::vector<std::size_t>> of;
  for (std::size_t i = 0; i < request.texts.size(); ++i)
    of[request.queries[request.queries.size() == 1 ? 0 : i]].push_back(i);
  return of;
}

Result<Scores> score(Reranker& reranker, const ScoreRequest& request, const CallContext& call) {
  Scores out;
  out.scores.resize(request.texts.size());
  for (const auto& [query, numbers] : texts_of_queries(request)) {
    std::vector<std::string> texts;
    for (const std::size_t number : numbers) texts.push_back(request.texts[number]);
    RAPPEL_ASSIGN(const RankedTexts ranked,
                  rank_texts(reranker, query, std::move(texts), request.options, call));
    for (std::size_t i = 0; i < numbers.size(); ++i) out.scores[numbers[i]] = ranked.scores[i];
    out.tokens += ranked.tokens;
    out.cut += ranked.cut;
  }
  return out;
}

Response score_response(const Scores& scores, const std::string& model) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto tokens = static_cast<std::int64_t>(scores.tokens);
  JsonWriter out;
  out.begin_object().key("id").string("score-" + random_uuid()).key("object").string("list");
  out.key("created").integer(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  out.key("model").string(model).key("data").begin_array();
  for (std::size_t i = 0; i < scores.scores.size(); ++i) {
    out.begin_object().key("index").integer(static_cast<std::int64_t>(i)).key("object").string("score");
    out.key("score").real(scores.scores[i]).end_object();
  }
  out.end_array().key("usage").begin_object().key("prompt_tokens").integer(tokens);
  out.key("total_tokens").integer(tokens).end_object();
  return with_truncated(Response::json(out.end_object().take()), scores.cut);
}

}  // namespace

Response answer_score(const RerankService& service, const Request& request) {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return service.errors.refusal(*refusal);
  const auto read = read_score_request(std::get<ModelBody>(body).object());
  if (const auto* fault = std::get_if<InputFault>(&read)) return service.errors.fault(*fault);
  const auto& input = std::get<ScoreRequest>(read);
  const auto models = service.gate.core(request.head).models(request.abandoned);
  if (!models.ok()) return rerank_failure(service, request.head, models.status());
  if (!models->reranker) return service.errors.fault(no_reranker_fault());
  const std::string name = shown_model_name(models->reranker->name());
  if (const auto fault = refuse_model_name(input.model, name, service.strict))
    return service.errors.fault(*fault);
  const auto scores = score(*models->reranker, input, request.call());
  if (!scores.ok()) return rerank_failure(service, request.head, scores.status());
  return score_response(*scores, input.model.empty() ? name : input.model);
}

}  // namespace rappel
