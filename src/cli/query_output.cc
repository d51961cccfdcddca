#include "cli/query_output.h"

#include <fmt/format.h>

#include <ostream>
#include <set>
#include <string>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/explain_output.h"
#include "cli/result_text.h"
#include "store/fields.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

std::string source_line(const Chunk& chunk) {
  std::string out = chunk.id;
  std::set<std::string> shown;  // a file's name is often its source_id too
  for (const DocumentField& field : document_fields()) {
    const auto value = field_value(field, *chunk.metadata);
    if (!value || field.type == FieldType::kInteger) continue;
    const auto* const date = std::get_if<Timestamp>(&*value);
    const std::string& text = date != nullptr ? date->text : std::get<std::string>(*value);
    if (shown.insert(text).second) out += ", " + text;
  }
  if (const std::string place = place_phrase(chunk.place); !place.empty()) out += ", " + place;
  return out;
}

void print_result(const ScoredChunk& result, std::size_t place, const Terminal& style, std::ostream& out) {
  out << fmt::format("{}. {:.4f}  {}\n   {}\n", place, result.score,
                     escape_controls(source_line(result.chunk)), result_line(result, style));
  if (result.hidden > 0)
    out << fmt::format("   {} of this document\n", count_text(result.hidden, "further chunk"));
  for (const std::string& id : result.duplicates)
    out << "   nearly the same text: " << escape_controls(id) << "\n";
  if (result.explanation) print_explanation(*result.explanation, out);
}

// A custom key of the same name stands instead of a member of the place.
Json chunk_metadata_json(const Chunk& chunk) {
  Json out = metadata_json(*chunk.metadata, &chunk.document_id);
  for (const auto& [name, value] : place_members(chunk))
    if (!out.contains(name)) out[name] = value_json(value);
  return out;
}

// Half-open, in code points.
Json range_json(const TextRange& range) { return Json::array({range.begin, range.end}); }

// Members that the query did not ask for are absent.
Json result_json(const ScoredChunk& result) {
  Json out = {{"id", result.chunk.id},
              {"text", result.chunk.text},
              {"begin", result.chunk.begin},
              {"end", result.chunk.end},
              {"metadata", chunk_metadata_json(result.chunk)},
              {"score", result.score}};
  for (const TextRange& word : result.highlights) out["highlights"].push_back(range_json(word));
  if (result.best_sentence) out["best_sentence"] = range_json(*result.best_sentence);
  if (result.hidden > 0) out["hidden"] = result.hidden;
  if (!result.duplicates.empty()) out["duplicates"] = result.duplicates;
  if (result.shortened) out["shortened"] = true;
  if (result.explanation) out["explain"] = explanation_json(*result.explanation);
  return out;
}

}  // namespace

Json answer_json(const AnswerPage& page) {
  const QueryOutput& answer = page.output;
  Json results = Json::array();
  for (const ScoredChunk& result : answer.results) results.push_back(result_json(result));
  const StageTimes& t = answer.times;
  Json out = {
      {"query", answer.query},
      {"results", std::move(results)},
      {"answerable", answer.answerable},
      {"reranked", answer.reranked},
      {"rerank_read", answer.rerank_read},
      {"degraded", answer.rerank_lacking ? Json::array({"reranker"}) : Json::array()},
      {"timings_ms",
       {{"embed", t.embed}, {"search", t.first_stages()}, {"rerank", t.rerank}, {"total", t.total()}}}};
  if (page.number > 1 || !answer.next.empty()) out["page"] = page.number;
  if (!answer.next.empty()) out["next_page"] = page.number + 1;
  if (answer.cut > 0) out["cut"] = answer.cut;
  if (answer.explanation) out["explain"] = query_explanation_json(*answer.explanation, t);
  return out;
}

void print_answer(const AnswerPage& page, const Terminal& style, std::ostream& out) {
  const QueryOutput& answer = page.output;
  std::size_t place = page.before;
  for (const ScoredChunk& result : answer.results) print_result(result, ++place, style, out);
  if (answer.explanation) print_query_explanation(*answer.explanation, answer.times, out);
  if (!answer.answerable && !answer.results.empty())
    out << "the store seems to have no answer: no score reaches 0.5\n";
  if (answer.results.empty() && page.number > 1)
    out << fmt::format("page {} is empty: the pages before it have all {}\n", page.number,
                       count_text(page.before, "result"));
  if (!answer.next.empty()) out << fmt::format("--page {} shows more\n", page.number + 1);
  const StageTimes& t = answer.times;
  out << fmt::format("{} in {:.1f} ms (embed {:.1f}, search {:.1f}, {})\n",
                     count_text(answer.results.size(), "result"), t.total(), t.embed, t.first_stages(),
                     answer.reranked         ? fmt::format("rerank {:.1f}", t.rerank)
                     : answer.rerank_late    ? std::string("not reranked: no time left for it")
                     : answer.rerank_lacking ? std::string("reranking failed")
                                             : std::string("not reranked"));
}

}  // namespace rappel
