#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "server/input/degraded.h"
#include "server/vector_stores/search_filter.h"
#include "server/vector_stores/store_input.h"
#include "server/vector_stores/store_json.h"
#include "server/vector_stores/store_routes.h"

namespace rappel {
namespace {

constexpr std::size_t kMostQueries = 20;
constexpr std::int64_t kMostResults = 50;
constexpr std::string_view kRankers[] = {"none", "auto", "default-2024-11-15", "default_2024_08_21"};

struct Search {
  std::vector<std::string> texts;
  QueryInput input;  // all but the text
};

std::optional<InputFault> read_texts(const JsonValue* value, Search& search) {
  const auto add = [&](const JsonValue& one) {
    const auto* text = one.as<std::string>();
    if (text != nullptr && !text->empty()) search.texts.push_back(*text);
    return text != nullptr && !text->empty();
  };
  const auto* list = value != nullptr ? value->as<JsonArray>() : nullptr;
  const bool fits = value != nullptr && (list == nullptr ? add(*value)
                                                         : !list->empty() && list->size() <= kMostQueries &&
                                                               std::all_of(list->begin(), list->end(), add));
  if (fits) return std::nullopt;
  return InputFault{"`query` must be a text, or a list of 1 to 20 texts, none of them empty", "query"};
}

std::optional<InputFault> read_ranking(const JsonValue& value, QueryInput& input) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) return InputFault{"`ranking_options` must be an object", "ranking_options"};
  LenientObject ranking(*object);
  if (const auto ranker = ranking.text("ranker")) {
    if (std::find(std::begin(kRankers), std::end(kRankers), *ranker) == std::end(kRankers))
      ranking.refuse("ranker", "must be none, auto or default-2024-11-15");
    if (*ranker == "none") input.rerank = false;
  }
  if (const auto least = ranking.number("score_threshold")) {
    if (*least < 0 || *least > 1) ranking.refuse("score_threshold", "must be between 0 and 1");
    input.min_score = *least;
  }
  return ranking.fault();
}

std::variant<Search, InputFault> read_search(const JsonObject& object) {
  Search search;
  LenientObject body(object);
  if (auto fault = read_texts(body.find("query"), search)) return *fault;
  const auto most = body.integer("max_num_results").value_or(10);
  if (most < 1 || most > kMostResults) body.refuse("max_num_results", "must be between 1 and 50");
  search.input.top_k = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 1, kMostResults));
  (void)body.boolean("rewrite_query");
  if (body.fault()) return *body.fault();
  if (const JsonValue* ranking = body.find("ranking_options"))
    if (auto fault = read_ranking(*ranking, search.input)) return *fault;
  if (const JsonValue* filters = body.find("filters")) {
    auto read = read_search_filter(*filters);
    if (auto* fault = std::get_if<InputFault>(&read)) return std::move(*fault);
    search.input.filter = std::get<Filter>(std::move(read));
  }
  return search;
}

// A chunk that several queries find keeps its best score.
std::vector<ScoredChunk> best_of(std::vector<QueryOutput>& outputs, std::size_t most) {
  std::vector<ScoredChunk> all;
  std::map<std::string, std::size_t> places;
  for (QueryOutput& output : outputs)
    for (ScoredChunk& result : output.results) {
      const auto [it, is_new] = places.try_emplace(result.chunk.id, all.size());
      if (is_new)
        all.push_back(std::move(result));
      else
        all[it->second].score = std::max(all[it->second].score, result.score);
    }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (all.size() > most) all.erase(all.begin() + static_cast<std::ptrdiff_t>(most), all.end());
  return all;
}

void write_result(JsonWriter& out, const ScoredChunk& result, const std::optional<StoredFile>& file) {
  const Chunk& chunk = result.chunk;
  const Metadata& metadata = *chunk.metadata;
  out.begin_object().key("file_id").string(chunk.document_id);
  out.key("filename").string(file ? file->name : metadata.filename.value_or(chunk.document_id));
  out.key("score").real(result.score);
  write_attributes(out.key("attributes"), file ? file->attributes : attributes_of(metadata.custom));
  out.key("content").begin_array().begin_object().key("type").string("text").key("text").string(chunk.text);
  out.end_object().end_array().end_object();
}

}  // namespace

Response search_store(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  auto& store = std::get<ReachedStore>(reached);
  if (has_expired(shelf, store.collection)) return expired_response();
  auto body = read_store_body(request);
  if (auto* refusal = std::get_if<Response>(&body)) return std::move(*refusal);
  auto read = read_search(std::get<ModelBody>(body).object());
  if (const auto* fault = std::get_if<InputFault>(&read)) return model_fault(*fault);
  const auto& search = std::get<Search>(read);
  std::vector<QueryInput> queries(search.texts.size(), search.input);
  for (std::size_t i = 0; i < queries.size(); ++i) queries[i].text = search.texts[i];
  ByteHold memory(request.memory, request.head.caller, shelf.options.max_answer_bytes);
  auto outputs = store.core.query(queries, {request.call(), &memory});
  if (!outputs.ok()) return store_failure(shelf, request, outputs.status());
  shelf.stores.note_active(store.name());
  const auto degraded = degraded_parts(*outputs, shelf.gate.index_degraded());
  JsonWriter out;
  out.begin_object()
      .key("object")
      .string("vector_store.search_results.page")
      .key("search_query")
      .begin_array();
  for (const std::string& text : search.texts) out.string(text);
  out.end_array().key("data").begin_array();
  for (const ScoredChunk& result : best_of(*outputs, *search.input.top_k))
    write_result(out, result, shelf.stores.find(store.name(), result.chunk.document_id));
  out.end_array().key("has_more").boolean(false).key("next_page").null().end_object();
  Response response = Response::json(out.take());
  if (!degraded.empty()) response.with("x-degraded", degraded_header(degraded));
  return response;
}

}  // namespace rappel
