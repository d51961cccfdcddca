#include "server/search/responses.h"

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/metadata.h"
#include "server/search/explain_json.h"

namespace rappel {
namespace {

void write_times(JsonWriter& out, const StageTimes& times) {
  out.begin_object().key("embed").real(times.embed).key("search").real(times.first_stages());
  out.key("rerank").real(times.rerank).key("total").real(times.total()).end_object();
}

void write_count(JsonWriter& out, std::string_view name, std::size_t count) {
  if (count > 0) out.key(name).integer(static_cast<std::int64_t>(count));
}

void write_range(JsonWriter& out, const TextRange& range) {
  out.begin_array().integer(static_cast<std::int64_t>(range.begin));
  out.integer(static_cast<std::int64_t>(range.end)).end_array();
}

// Members that an answer has only if its query asked for them.
void write_shape(JsonWriter& out, const ScoredChunk& result) {
  if (!result.highlights.empty()) {
    out.key("highlights").begin_array();
    for (const TextRange& range : result.highlights) write_range(out, range);
    out.end_array();
  }
  if (result.best_sentence) write_range(out.key("best_sentence"), *result.best_sentence);
  write_count(out, "hidden", result.hidden);
  if (!result.duplicates.empty()) {
    out.key("duplicates").begin_array();
    for (const std::string& id : result.duplicates) out.string(id);
    out.end_array();
  }
  if (result.shortened) out.key("shortened").boolean(true);
}

// One result a call, with the members before them or after.
class SearchRest {
 public:
  SearchRest(QueryOutput output, std::vector<std::string_view> degraded, ByteHold memory)
      : output_(std::move(output)), degraded_(std::move(degraded)), memory_(std::move(memory)) {}

  bool next(JsonWriter& out) {
    if (next_ > output_.results.size()) return false;
    if (next_ == 0) out.begin_object().key("query").string(output_.query).key("results").begin_array();
    if (next_ < output_.results.size()) {
      write_result(out.begin_object(), output_.results[next_]);
      out.end_object();
    } else {
      finish(out.end_array());
      out.end_object();
    }
    ++next_;
    return true;
  }

 private:
  void finish(JsonWriter& out) const {
    out.key("answerable").boolean(output_.answerable).key("reranked").boolean(output_.reranked);
    out.key("rerank_read").integer(static_cast<std::int64_t>(output_.rerank_read));
    out.key("degraded").begin_array();
    for (const std::string_view part : degraded_) out.string(part);
    out.end_array();
    if (!output_.next.empty()) out.key("next").string(output_.next);
    write_count(out, "cut", output_.cut);
    write_count(out, "gone", output_.gone);
    out.key("took_ms");
    write_times(out, output_.times);
    if (output_.explanation) write_query_explanation(out.key("explain"), *output_.explanation, output_.times);
  }

  const QueryOutput output_;
  const std::vector<std::string_view> degraded_;
  const ByteHold memory_;
  std::size_t next_ = 0;
};

void write_number(JsonWriter& out, std::string_view name, const std::optional<double>& value) {
  out.key(name);
  value ? out.real(*value) : out.null();
}

// "" becomes null.
void write_id(JsonWriter& out, std::string_view name, std::string_view id) {
  out.key(name);
  id.empty() ? out.null() : out.string(id);
}

}  // namespace

void write_result(JsonWriter& out, const ScoredChunk& result) {
  const Chunk& chunk = result.chunk;
  out.key("id").string(chunk.id).key("document_id").string(chunk.document_id);
  out.key("text").string(chunk.text).key("score").real(result.score);
  out.key("begin").integer(chunk.begin).key("end").integer(chunk.end);
  out.key("metadata").begin_object();
  write_metadata(out, *chunk.metadata);
  write_place(out, chunk);
  out.end_object();
  write_shape(out, result);
  if (result.explanation) write_explanation(out.key("explain"), *result.explanation);
}

Response search_response(QueryOutput output, std::vector<std::string_view> degraded, ByteHold memory) {
  auto rest = std::make_shared<SearchRest>(std::move(output), std::move(degraded), std::move(memory));
  return json_in_pieces([rest = std::move(rest)](JsonWriter& out) { return rest->next(out); });
}

Response why_response(const WhyAnswer& answer) {
  JsonWriter out;
  out.begin_object().key("reason").string(why_name(answer.reason)).key("sentence").string(answer.sentence);
  out.key("place");
  answer.place > 0 ? out.integer(static_cast<std::int64_t>(answer.place)) : out.null();
  out.key("condition");
  const std::string condition = condition_text(answer);
  condition.empty() ? out.null() : out.string(condition);
  write_id(out, "chunk_id", answer.chunk_id);
  write_id(out, "result_id", answer.result_id);
  write_number(out, "score", answer.score);
  write_number(out, "needed", answer.needed);
  out.key("explain");
  answer.explanation ? write_explanation(out, *answer.explanation) : void(out.null());
  write_lacking(out.key("lacking"), answer.lacking);
  return Response::json(out.end_object().take());
}

}  // namespace rappel
