// The tools that read: search, fetch and list.
#include <utility>

#include "server/mcp/arguments.h"
#include "server/mcp/document_part.h"
#include "server/mcp/query_conditions.h"
#include "server/mcp/text.h"
#include "server/mcp/tools.h"
#include "store/fields.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kResults = 10;  // of a search, on a page
constexpr std::size_t kPassageBytes = 1200;
constexpr std::size_t kListed = 50;
constexpr std::size_t kValueBytes = 300, kMetadataBytes = 4000;

// A value of metadata as text, or nothing.
std::string text_of(const MetadataValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* date = std::get_if<Timestamp>(&value)) return date->text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&value)) return dump_json(*number);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  std::string joined;
  for (const std::string& one : std::get<std::vector<std::string>>(value))
    joined += (joined.empty() ? "" : ", ") + one;
  return joined;
}

// Metadata as ChatGPT takes it: text values, bounded. The title and the address stand elsewhere.
Json metadata_of(const Metadata& metadata) {
  Json out = Json::object();
  std::size_t bytes = 0;
  const auto add = [&](const std::string& name, const MetadataValue& value) {
    const std::string text = shortened(text_of(value), kValueBytes);
    bytes += name.size() + text.size();
    if (!text.empty() && bytes <= kMetadataBytes) out[name] = text;
  };
  for (const DocumentField& field : document_fields())
    if (const auto value = field_value(field, metadata); value && std::string_view(field.name) != "url")
      add(field.name, *value);
  for (const auto& [name, value] : metadata.custom)
    if (name != "title") add(name, value);
  return out;
}

// The first words of a document of which another chunk was found.
Result<std::string> beginning_of(const Chunk& chunk, const Caller& caller) {
  if (chunk.index == 0) return chunk.text;
  RAPPEL_ASSIGN(const auto begin, ask_core(caller, [&](Core& core) {
                  return core.document({chunk.document_id, 0, kTitleBytes}, caller.context);
                }));
  return begin ? begin->text : chunk.text;
}

Result<Json> result_json(const Chunk& chunk, const Caller& caller, bool passages) {
  std::string words;
  if (!has_title(*chunk.metadata)) {
    RAPPEL_ASSIGN(words, beginning_of(chunk, caller));
  }
  Json out = {{"id", chunk.document_id},
              {"title", title_of(*chunk.metadata, words, chunk.document_id)},
              {"url", url_of(*chunk.metadata, chunk.document_id, caller.base_url)}};
  if (passages) out["text"] = shortened(chunk.text, kPassageBytes);
  return out;
}

}  // namespace

Result<Json> search_tool(const Json& arguments, const Caller& caller) {
  RAPPEL_ASSIGN(const std::string query, required_text(arguments, "search", "query"));
  RAPPEL_ASSIGN(const auto cursor, optional_text(arguments, "cursor"));
  RAPPEL_ASSIGN(const bool passages, optional_boolean(arguments, "passages"));
  RAPPEL_ASSIGN(QueryConditions asked, read_conditions(query));
  if (asked.text.empty())
    return Status(Code::kInvalidArgument,
                  "the query has conditions but no words to search for; add some, or use the tool list");
  QueryInput input{.text = std::move(asked.text), .filter = std::move(asked.filter), .top_k = kResults};
  input.unit = ResultUnit::kChunk;
  input.shape.collapse = true;
  input.cursor = cursor.value_or(std::string(kFirstPage));
  RAPPEL_ASSIGN(const auto outputs,
                ask_core(caller, [&](Core& core) { return core.query({input}, caller.context); }));
  Json results = Json::array();
  for (const ScoredChunk& found : outputs.front().results) {
    RAPPEL_ASSIGN(Json result, result_json(found.chunk, caller, passages));
    results.push_back(std::move(result));
  }
  Json out = {{"results", std::move(results)}};
  if (!outputs.front().next.empty()) out["next_cursor"] = outputs.front().next;
  return out;
}

Result<Json> fetch_tool(const Json& arguments, const Caller& caller) {
  RAPPEL_ASSIGN(const std::string id, required_text(arguments, "fetch", "id"));
  RAPPEL_ASSIGN(const auto cursor, optional_text(arguments, "cursor"));
  RAPPEL_ASSIGN(const std::size_t begin, position_of(cursor));
  RAPPEL_ASSIGN(const auto part, fitting_part(id, begin, caller));
  if (!part) return no_such_document(id);
  const Metadata& metadata = part->document.metadata;
  Json out = {{"id", id},
              {"title", title_of(metadata, part->document.sample_text, id)},
              {"text", part->text},
              {"url", url_of(metadata, id, caller.base_url)}};
  if (Json values = metadata_of(metadata); !values.empty()) out["metadata"] = std::move(values);
  if (part->next) out["next_cursor"] = std::to_string(*part->next);
  return out;
}

Result<Json> list_tool(const Json& arguments, const Caller& caller) {
  RAPPEL_ASSIGN(const auto conditions, optional_text(arguments, "filter"));
  RAPPEL_ASSIGN(const auto cursor, optional_text(arguments, "cursor"));
  RAPPEL_ASSIGN(const std::size_t offset, position_of(cursor));
  RAPPEL_ASSIGN(const QueryConditions asked, read_conditions(conditions.value_or("")));
  if (!asked.text.empty())
    return Status(Code::kInvalidArgument, "filter takes source:, author:, after: and before: only, not '" +
                                              shown(asked.text) + "'; to find words, use the tool search");
  RAPPEL_ASSIGN(const DocumentPage page, ask_core(caller, [&](Core& core) {
                  return core.list(asked.filter, offset, kListed, caller.context);
                }));
  Json documents = Json::array();
  std::size_t bytes = 0;
  for (const DocumentSummary& document : page.documents) {
    Json one = {{"id", document.id},
                {"title", title_of(document.metadata, document.sample_text, document.id)},
                {"url", url_of(document.metadata, document.id, caller.base_url)}};
    if (Json values = metadata_of(document.metadata); !values.empty()) one["metadata"] = std::move(values);
    bytes += written_bytes(dump_json(one));
    if (bytes > kListBudget && !documents.empty()) break;
    documents.push_back(std::move(one));
  }
  const std::size_t next = offset + documents.size();
  Json out = {{"documents", std::move(documents)}, {"total", page.total}};
  if (static_cast<std::int64_t>(next) < page.total && next > offset)
    out["next_cursor"] = std::to_string(next);
  return out;
}

}  // namespace rappel::mcp
