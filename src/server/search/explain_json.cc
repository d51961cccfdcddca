#include "server/search/explain_json.h"

#include "server/http/json_writer.h"

namespace rappel {
namespace {

// A rank or a count.
JsonWriter& whole(JsonWriter& out, std::string_view name, std::size_t number) {
  return out.key(name).integer(static_cast<std::int64_t>(number));
}

// Ranks from 1; null for 0, which is none.
void rank(JsonWriter& out, std::string_view name, std::size_t number) {
  if (number == 0)
    out.key(name).null();
  else
    whole(out, name, number);
}

void score(JsonWriter& out, std::string_view name, const std::optional<double>& value) {
  out.key(name);
  value ? out.real(*value) : out.null();
}

void texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& all) {
  out.key(name).begin_array();
  for (const std::string& text : all) out.string(text);
  out.end_array();
}

void write_reading(JsonWriter& out, const QueryReading& reading) {
  texts(out.begin_object(), "phrases", reading.conditions.phrases);
  texts(out, "without_phrases", reading.conditions.without_phrases);
  texts(out, "without_words", reading.conditions.without_words);
  out.key("fields").begin_array();
  for (const FieldCondition& field : reading.fields)
    out.begin_object()
        .key("key")
        .string(field.key)
        .key("value")
        .string(field.value)
        .key("excluded")
        .boolean(field.excluded)
        .end_object();
  out.end_array().end_object();
}

}  // namespace

void write_explanation(JsonWriter& out, const Explanation& explanation) {
  out.begin_object().key("signals").begin_array();
  for (const SignalPart& signal : explanation.signals) {
    out.begin_object().key("signal").string(signal.signal);
    rank(out, "rank", signal.rank);
    out.key("score").real(signal.score).key("part").real(signal.part).key("weight").real(signal.weight);
    out.end_object();
  }
  out.end_array();
  rank(out, "fused_rank", explanation.fused_rank);
  out.key("fused_score").real(explanation.fused_score);
  rank(out, "colbert_rank", explanation.colbert_rank);
  score(out, "colbert_score", explanation.colbert_score);
  rank(out, "rerank_rank", explanation.rerank_rank);
  score(out, "rerank_score", explanation.rerank_score);
  rank(out, "rank", explanation.rank);
  out.end_object();
}

void write_lacking(JsonWriter& out, std::span<const LackingSignal> lacking) {
  out.begin_array();
  for (const LackingSignal& one : lacking)
    out.begin_object().key("signal").string(one.signal).key("reason").string(one.reason).end_object();
  out.end_array();
}

void write_query_explanation(JsonWriter& out, const QueryExplanation& explanation, const StageTimes& times) {
  out.begin_object().key("mode").string(explanation.mode).key("signals").begin_array();
  for (const ExplainedSignal& signal : explanation.signals) {
    whole(out.begin_object().key("signal").string(signal.signal), "hits", signal.hits);
    out.key("floor").real(signal.floor).key("full").real(signal.full);
    out.key("confidence").real(signal.confidence).key("weight").real(signal.weight);
    out.key("ms").real(signal.milliseconds).end_object();
  }
  write_lacking(out.end_array().key("lacking"), explanation.lacking);
  out.key("text").string(explanation.text);
  out.key("guesses").begin_array();
  for (const WordGuess& guess : explanation.guesses) {
    out.begin_object().key("word").string(guess.word);
    texts(out, "guesses", guess.guesses);
    out.end_object();
  }
  out.end_array();
  if (explanation.reading) write_reading(out.key("reading"), *explanation.reading);
  out.key("plausibility").real(explanation.plausibility);
  out.key("rerank_weight").real(explanation.rerank_weight).key("stages").begin_object();
  whole(out, "found", explanation.found);
  whole(out, "kept", explanation.kept);
  whole(out, "reranked", explanation.reranked);
  whole(out, "below_min_score", explanation.below_min_score);
  whole(out, "not_shown", explanation.not_shown);
  whole(out, "unread", explanation.unread);
  out.end_object().key("dropped").begin_array();
  for (const DropCount& drop : dropped(explanation)) {
    out.begin_object().key("stage").string(drop.reason->stage).key("reason").string(drop.reason->name);
    whole(out, "count", drop.count);
    out.end_object();
  }
  out.end_array().key("stages_ms").begin_object();
  for (const StageName& stage : kStages) out.key(stage.name).real(times.*stage.time);
  out.end_object().end_object();
}

}  // namespace rappel
