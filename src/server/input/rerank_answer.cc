#include "server/input/rerank_answer.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/os/random.h"
#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/json_text.h"
#include "server/input/model_embed.h"
#include "server/input/model_errors.h"
#include "server/input/model_names.h"
#include "server/input/model_rerank.h"
#include "server/input/rerank_request.h"
#include "server/stage_trace.h"

namespace rappel {
namespace {

// How documents come back.
enum class Echo { kNone, kObject, kText };

Echo echo_of(RerankDialect dialect, std::optional<bool> asked) {
  switch (dialect) {
    case RerankDialect::kCohere1: return asked.value_or(false) ? Echo::kObject : Echo::kNone;
    case RerankDialect::kJina: return asked.value_or(true) ? Echo::kObject : Echo::kNone;
    case RerankDialect::kInfinity: return asked.value_or(false) ? Echo::kText : Echo::kNone;
    case RerankDialect::kVoyage: return Echo::kText;
    case RerankDialect::kCohere2:
    case RerankDialect::kOllama: break;
  }
  return Echo::kNone;
}

struct Answer {
  RerankDialect dialect;
  Echo echo;
  std::string model;
  ModelBody body;                  // has the documents
  std::vector<std::string> texts;  // as they were scored; empty if none come back
  RankedTexts ranked;
  std::size_t count;  // of results

  bool is_voyage() const { return dialect == RerankDialect::kVoyage; }
};

// One result a call, with the members before them or after.
class RerankRest {
 public:
  explicit RerankRest(Answer answer) : answer_(std::move(answer)) {}

  bool next(JsonWriter& out) {
    if (next_ > answer_.count) return false;
    if (next_ == 0) begin(out);
    next_ < answer_.count ? write_result(out, answer_.ranked.order[next_]) : finish(out);
    ++next_;
    return true;
  }

 private:
  void begin(JsonWriter& out) const {
    out.begin_object();
    if (answer_.is_voyage()) {
      out.key("object").string("list").key("data").begin_array();
      return;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    out.key("id").string(random_uuid()).key("object").string("rerank").key("model").string(answer_.model);
    out.key("created").integer(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    out.key("results").begin_array();
  }

  void write_result(JsonWriter& out, std::size_t index) const {
    out.begin_object().key("index").integer(static_cast<std::int64_t>(index));
    out.key("relevance_score").real(answer_.ranked.scores[index]);
    if (answer_.echo == Echo::kText) out.key("document").string(answer_.texts[index]);
    if (answer_.echo == Echo::kObject) write_document(out.key("document"), index);
    out.end_object();
  }

  // Its text, and the other members if it came as an object.
  void write_document(JsonWriter& out, std::size_t index) const {
    const JsonValue& document = (*find_member(answer_.body.object(), "documents")->as<JsonArray>())[index];
    const auto* object = document.as<JsonObject>();
    const JsonValue* text = object ? find_member(*object, "text") : nullptr;
    const auto* own = text ? text->as<std::string>() : nullptr;
    out.begin_object().key("text").string(own ? *own : answer_.texts[index]);
    for (const auto& [name, value] : object ? *object : JsonObject())
      if (name != "text") write_json(out.key(name), value);
    out.end_object();
  }

  void finish(JsonWriter& out) const {
    const auto tokens = static_cast<std::int64_t>(answer_.ranked.tokens);
    out.end_array();
    if (answer_.is_voyage()) {
      out.key("model").string(answer_.model).key("usage").begin_object();
      out.key("total_tokens").integer(tokens).end_object().end_object();
      return;
    }
    out.key("usage").begin_object().key("prompt_tokens").integer(tokens);
    out.key("total_tokens").integer(tokens).end_object();
    out.key("meta").begin_object().key("api_version").begin_object().key("version");
    out.string(answer_.dialect == RerankDialect::kCohere2 ? "2" : "1").end_object();
    out.key("billed_units").begin_object().key("search_units").integer(1).end_object();
    out.key("tokens").begin_object().key("input_tokens").integer(tokens);
    out.key("output_tokens").integer(0).end_object().end_object().end_object();
  }

  const Answer answer_;
  std::size_t next_ = 0;
};

}  // namespace

Response rerank_failure(const RerankService& service, const RequestHead& head, const Status& failure) {
  if (const auto fault = too_long_fault(failure)) return service.errors.fault(*fault);
  return service.errors.refusal(service.gate.refuse(head, failure));
}

Response answer_rerank(const RerankService& service, const Request& request, RerankDialect dialect) {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return service.errors.refusal(*refusal);
  return answer_rerank(service, request.head, request.call(), std::move(std::get<ModelBody>(body)), dialect);
}

Response answer_rerank(const RerankService& service, const RequestHead& head, const CallContext& call,
                       ModelBody body, RerankDialect dialect) {
  auto read = read_rerank_request(body.object());
  if (const auto* fault = std::get_if<InputFault>(&read)) return service.errors.fault(*fault);
  auto& input = std::get<RerankRequest>(read);
  const auto models = service.gate.core(head).models(call.cancel);
  if (!models.ok()) return rerank_failure(service, head, models.status());
  if (!models->reranker) return service.errors.fault(no_reranker_fault());
  std::string name = shown_model_name(models->reranker->name());
  if (const auto fault = refuse_model_name(input.model, name, service.strict))
    return service.errors.fault(*fault);
  if (dialect == RerankDialect::kCohere1 && input.has_top_k) dialect = RerankDialect::kVoyage;
  const Echo echo = echo_of(dialect, input.return_documents);
  std::vector<std::string> kept = echo == Echo::kNone ? std::vector<std::string>() : input.texts;
  const auto begin = SpanClock::now();
  auto ranked = rank_texts(*models->reranker, std::move(input.query), std::move(input.texts),
                           {input.raw_scores, input.refuse_longer}, call);
  if (!ranked.ok()) return rerank_failure(service, head, ranked.status());
  const std::size_t all = ranked->order.size(), cut = ranked->cut;
  trace_rerank(head.trace.get(), begin, name, all, ranked->tokens);
  auto rest = std::make_shared<RerankRest>(
      Answer{dialect, echo, input.model.empty() ? std::move(name) : std::move(input.model), std::move(body),
             std::move(kept), *std::move(ranked), input.limit == 0 ? all : std::min(input.limit, all)});
  return with_truncated(json_in_pieces([rest](JsonWriter& out) { return rest->next(out); }), cut);
}

}  // namespace rappel
