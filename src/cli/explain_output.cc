#include "cli/explain_output.h"

#include <fmt/format.h>

#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "base/escape_controls.h"

namespace rappel {
namespace {

std::string rank_text(std::size_t rank) { return rank == 0 ? "-" : std::to_string(rank); }

Json rank_json(std::size_t rank) { return rank == 0 ? Json() : Json(rank); }

std::string joined(std::span<const std::string> texts, std::string_view quote, std::string_view between) {
  std::string out;
  for (const std::string& text : texts)
    out += fmt::format("{}{}{}{}", out.empty() ? "" : between, quote, text, quote);
  return out;
}

// The words, and each condition as it may be written in a query.
std::string reading_text(const QueryExplanation& explanation) {
  const TextConditions& text = explanation.reading->conditions;
  std::string out = "words: " + (explanation.text.empty() ? "none" : explanation.text);
  const auto add = [&](std::string_view name, const std::string& values) {
    if (!values.empty()) out += fmt::format("; {}: {}", name, values);
  };
  add("phrases", joined(text.phrases, "\"", " "));
  add("without", joined(text.without_phrases, "\"", " "));
  add("without", joined(text.without_words, "", " "));
  for (const FieldCondition& field : explanation.reading->fields)
    add(field.excluded ? "not" : "field", field.key + ":" + field.value);
  return escape_controls(out);
}

Json reading_json(const QueryReading& reading) {
  Json fields = Json::array();
  for (const FieldCondition& field : reading.fields)
    fields.push_back({{"key", field.key}, {"value", field.value}, {"excluded", field.excluded}});
  return {{"phrases", reading.conditions.phrases},
          {"without_phrases", reading.conditions.without_phrases},
          {"without_words", reading.conditions.without_words},
          {"fields", std::move(fields)}};
}

void print_drops(const QueryExplanation& explanation, std::ostream& out) {
  for (const DropCount& drop : dropped(explanation))
    out << fmt::format("  {} dropped {}: {}\n", drop.reason->stage, drop.count, drop.reason->name);
  if (explanation.unread > 0)
    out << fmt::format("  the reranker had no time for {} candidates\n", explanation.unread);
}

void print_times(const StageTimes& times, std::ostream& out) {
  std::string text;
  for (const StageName& stage : kStages)
    text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", stage.name, times.*stage.time);
  out << fmt::format("  milliseconds: {}\n", text);
}

Json score_json(const std::optional<double>& score) { return score ? Json(*score) : Json(); }

}  // namespace

void print_explanation(const Explanation& explanation, std::ostream& out) {
  for (const SignalPart& signal : explanation.signals)
    out << fmt::format("   {:<8} rank {:>4}  score {:>9.4f}  part {:>6.3f} x weight {:.3f}\n", signal.signal,
                       rank_text(signal.rank), signal.score, signal.part, signal.weight);
  out << fmt::format("   fused    rank {:>4}  score {:>9.4f}\n", rank_text(explanation.fused_rank),
                     explanation.fused_score);
  if (explanation.colbert_score)
    out << fmt::format("   colbert  rank {:>4}  score {:>9.4f}\n", rank_text(explanation.colbert_rank),
                       *explanation.colbert_score);
  if (explanation.rerank_score)
    out << fmt::format("   rerank   rank {:>4}  score {:>9.4f}\n", rank_text(explanation.rerank_rank),
                       *explanation.rerank_score);
  out << fmt::format("   final    rank {:>4}\n", rank_text(explanation.rank));
}

void print_query_explanation(const QueryExplanation& explanation, const StageTimes& times,
                             std::ostream& out) {
  out << "mode " << explanation.mode << "\n";
  if (explanation.reading) out << "  read as  " << reading_text(explanation) << "\n";
  for (const WordGuess& guess : explanation.guesses)
    out << fmt::format("  {} also stands for {}\n", escape_controls(guess.word),
                       escape_controls(joined(guess.guesses, "", ", ")));
  for (const ExplainedSignal& signal : explanation.signals)
    out << fmt::format(
        "  {:<8} {:>4} hits in {:.1f} ms, {:.4f} counts 0 and {:.4f} counts 1, confidence {:.2f}, weight "
        "{:.3f}\n",
        signal.signal, signal.hits, signal.milliseconds, signal.floor, signal.full, signal.confidence,
        signal.weight);
  for (const LackingSignal& signal : explanation.lacking)
    out << fmt::format("  {:<8} not used: {}\n", signal.signal, signal.reason);
  out << fmt::format("  {} found, {} kept, {} reranked (weight {:.2f}), {} below min_score, {} not shown\n",
                     explanation.found, explanation.kept, explanation.reranked, explanation.rerank_weight,
                     explanation.below_min_score, explanation.not_shown);
  print_drops(explanation, out);
  print_times(times, out);
  if (explanation.plausibility < 1)
    out << fmt::format("  scores are multiplied by {:.2f}: the store seems to have no answer\n",
                       explanation.plausibility);
}

Json explanation_json(const Explanation& explanation) {
  Json signals = Json::array();
  for (const SignalPart& signal : explanation.signals)
    signals.push_back({{"signal", signal.signal},
                       {"rank", rank_json(signal.rank)},
                       {"score", signal.score},
                       {"part", signal.part},
                       {"weight", signal.weight}});
  return {{"signals", std::move(signals)},
          {"fused_rank", rank_json(explanation.fused_rank)},
          {"fused_score", explanation.fused_score},
          {"colbert_rank", rank_json(explanation.colbert_rank)},
          {"colbert_score", score_json(explanation.colbert_score)},
          {"rerank_rank", rank_json(explanation.rerank_rank)},
          {"rerank_score", score_json(explanation.rerank_score)},
          {"rank", rank_json(explanation.rank)}};
}

Json query_explanation_json(const QueryExplanation& explanation, const StageTimes& times) {
  Json signals = Json::array(), lacking = Json::array(), guesses = Json::array(), drops = Json::array();
  Json milliseconds;
  for (const ExplainedSignal& signal : explanation.signals)
    signals.push_back({{"signal", signal.signal},
                       {"hits", signal.hits},
                       {"floor", signal.floor},
                       {"full", signal.full},
                       {"confidence", signal.confidence},
                       {"weight", signal.weight},
                       {"ms", signal.milliseconds}});
  for (const LackingSignal& signal : explanation.lacking)
    lacking.push_back({{"signal", signal.signal}, {"reason", signal.reason}});
  for (const WordGuess& guess : explanation.guesses)
    guesses.push_back({{"word", guess.word}, {"guesses", guess.guesses}});
  for (const DropCount& drop : dropped(explanation))
    drops.push_back({{"stage", drop.reason->stage}, {"reason", drop.reason->name}, {"count", drop.count}});
  for (const StageName& stage : kStages) milliseconds[std::string(stage.name)] = times.*stage.time;
  Json out = {{"mode", explanation.mode},
              {"signals", std::move(signals)},
              {"lacking", std::move(lacking)},
              {"text", explanation.text},
              {"guesses", std::move(guesses)},
              {"plausibility", explanation.plausibility},
              {"rerank_weight", explanation.rerank_weight},
              {"stages",
               {{"found", explanation.found},
                {"kept", explanation.kept},
                {"reranked", explanation.reranked},
                {"below_min_score", explanation.below_min_score},
                {"not_shown", explanation.not_shown},
                {"unread", explanation.unread}}},
              {"dropped", std::move(drops)},
              {"stages_ms", std::move(milliseconds)}};
  if (explanation.reading) out["reading"] = reading_json(*explanation.reading);
  return out;
}

}  // namespace rappel
