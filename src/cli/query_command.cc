// rappel query: one question to the stored documents.
#include <fmt/format.h>

#include <ostream>
#include <set>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/explain_output.h"
#include "cli/query_args.h"
#include "cli/workspace.h"
#include "store/fields.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr std::size_t kShownBytes = 400;

// One line of a chunk's text, cut between characters.
std::string excerpt(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  if (line.size() <= kShownBytes) return line;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "...";
}

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

void print_for_people(const QueryOutput& answer, std::ostream& out) {
  for (std::size_t i = 0; i < answer.results.size(); ++i) {
    const ScoredChunk& result = answer.results[i];
    out << fmt::format("{}. {:.4f}  {}\n   {}\n", i + 1, result.score,
                       escape_controls(source_line(result.chunk)),
                       escape_controls(excerpt(result.chunk.text)));
    if (result.explanation) print_explanation(*result.explanation, out);
  }
  if (answer.explanation) print_query_explanation(*answer.explanation, out);
  if (!answer.answerable && !answer.results.empty())
    out << "the store seems to have no answer: no score reaches 0.5\n";
  const QueryTimings& t = answer.timings;
  out << fmt::format("{} in {:.1f} ms (embed {:.1f}, search {:.1f}, {})\n",
                     count_text(answer.results.size(), "result"), t.total, t.embed, t.search,
                     answer.reranked         ? fmt::format("rerank {:.1f}", t.rerank)
                     : answer.rerank_late    ? std::string("not reranked: no time left for it")
                     : answer.rerank_lacking ? std::string("reranking failed")
                                             : std::string("not reranked"));
}

// A custom key of the same name stands instead of a member of the place.
Json chunk_metadata_json(const Chunk& chunk) {
  Json out = metadata_json(*chunk.metadata, &chunk.document_id);
  for (const auto& [name, value] : place_members(chunk))
    if (!out.contains(name)) out[name] = value_json(value);
  return out;
}

Json result_json(const ScoredChunk& result) {
  Json out = {{"id", result.chunk.id},
              {"text", result.chunk.text},
              {"begin", result.chunk.begin},
              {"end", result.chunk.end},
              {"metadata", chunk_metadata_json(result.chunk)},
              {"score", result.score}};
  if (result.explanation) out["explain"] = explanation_json(*result.explanation);
  return out;
}

Json answer_json(const QueryOutput& answer) {
  Json results = Json::array();
  for (const ScoredChunk& result : answer.results) results.push_back(result_json(result));
  const QueryTimings& t = answer.timings;
  Json out = {
      {"query", answer.query},
      {"results", std::move(results)},
      {"answerable", answer.answerable},
      {"reranked", answer.reranked},
      {"rerank_read", answer.rerank_read},
      {"degraded", answer.rerank_lacking ? Json::array({"reranker"}) : Json::array()},
      {"timings_ms", {{"embed", t.embed}, {"search", t.search}, {"rerank", t.rerank}, {"total", t.total}}}};
  if (answer.explanation) out["explain"] = query_explanation_json(*answer.explanation);
  return out;
}

}  // namespace

int run_query(CommandContext& context) {
  auto query = query_input(context);
  if (!query.ok()) return context.console.fail(kExitUsage, query.status());
  const auto workspace = Workspace::open(context, {.reranker = true, .existing = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  const auto answers = (*workspace)->retrieval().query({*std::move(query)});
  if (!answers.ok()) return context.console.fail(kExitFailed, answers.status());

  const QueryOutput& answer = (*answers).front();
  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json"))
    out << dump_json(answer_json(answer)) << "\n";
  else
    print_for_people(answer, out);
  if (answer.results.empty()) {
    const auto stats = (*workspace)->retrieval().stats();
    if (stats.ok() && (*stats).documents == 0)
      *context.console.err << "rappel: nothing is stored in " << (*workspace)->store().location
                           << "; `rappel ingest` stores files\n";
  }
  return kExitOk;
}

}  // namespace rappel
