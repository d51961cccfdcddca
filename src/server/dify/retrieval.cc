#include "server/dify/retrieval.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/metadata.h"

namespace rappel {
namespace {

constexpr const char* kSetting = "retrieval_setting";
// So many times the results are asked for if some may be removed.
constexpr std::size_t kMoreResults = 10;

std::optional<InputFault> read_setting(const JsonValue& value, std::size_t max_top_k, QueryInput& query) {
  const auto* object = value.as<JsonObject>();
  if (!object) return InputFault{"`retrieval_setting` must be an object", kSetting};
  LenientObject setting(*object);
  if (const auto wanted = setting.integer("top_k")) {
    if (*wanted < 1) setting.refuse("top_k", "must be at least 1");
    query.top_k = std::min(static_cast<std::size_t>(std::max<std::int64_t>(*wanted, 1)), max_top_k);
  }
  query.min_score = std::clamp(setting.number("score_threshold").value_or(0), 0.0, 1.0);
  return setting.fault();
}

void add_conditions(DifyConditions conditions, std::size_t max_top_k, DifyRetrieval& retrieval) {
  QueryInput& query = retrieval.query;
  query.filter = conditions.filter();
  if (conditions.has_ends()) {
    retrieval.wanted = *query.top_k;
    query.rerank_depth = query.top_k;  // the first ones, as without the others
    query.top_k = std::min(kMoreResults * retrieval.wanted, max_top_k);
  }
  retrieval.conditions = std::move(conditions);
}

std::string required_text(LenientObject& body, std::string_view name) {
  auto text = body.text(name);
  if (!text) body.refuse(name, "is missing");
  return std::move(text).value_or("");
}

std::string title_of(const Chunk& chunk) {
  const Metadata& metadata = *chunk.metadata;
  if (metadata.filename && !metadata.filename->empty()) return *metadata.filename;
  const auto found = metadata.custom.find("title");
  const auto* title = found == metadata.custom.end() ? nullptr : std::get_if<std::string>(&found->second);
  return title && !title->empty() ? *title : chunk.document_id;
}

void write_record(JsonWriter& out, const ScoredChunk& result) {
  out.begin_object().key("content").string(result.chunk.text).key("score").real(result.score);
  out.key("title").string(title_of(result.chunk)).key("metadata").begin_object();
  write_metadata(out, *result.chunk.metadata, &result.chunk.document_id);
  write_place(out, result.chunk);
  out.end_object().end_object();
}

// One record a call, with the text before or after it.
class RecordsRest {
 public:
  RecordsRest(QueryOutput output, ByteHold memory) : output_(std::move(output)), memory_(std::move(memory)) {}

  bool next(JsonWriter& out) {
    if (next_ > output_.results.size()) return false;
    if (next_ == 0) out.begin_object().key("records").begin_array();
    if (next_ < output_.results.size())
      write_record(out, output_.results[next_]);
    else
      out.end_array().end_object();
    ++next_;
    return true;
  }

 private:
  const QueryOutput output_;
  const ByteHold memory_;
  std::size_t next_ = 0;
};

}  // namespace

std::variant<DifyRetrieval, InputFault> read_dify_retrieval(const JsonObject& object, std::size_t max_top_k) {
  LenientObject body(object);
  DifyRetrieval retrieval;
  retrieval.query.top_k = std::min(kDifyTopK, max_top_k);
  retrieval.knowledge_id = required_text(body, "knowledge_id");
  retrieval.query.text = required_text(body, "query");
  if (body.fault()) return *body.fault();
  if (const JsonValue* setting = body.find(kSetting))
    if (auto fault = read_setting(*setting, max_top_k, retrieval.query)) return *std::move(fault);
  if (const JsonValue* condition = body.find("metadata_condition")) {
    auto conditions = DifyConditions::read(*condition);
    if (!conditions.ok()) return InputFault{conditions.status().message(), "metadata_condition"};
    add_conditions(*std::move(conditions), max_top_k, retrieval);
  }
  return retrieval;
}

void keep_matching(const DifyRetrieval& retrieval, QueryOutput& output) {
  if (retrieval.wanted == 0) return;
  std::erase_if(output.results, [&](const ScoredChunk& result) {
    return !retrieval.conditions.holds(result.chunk.document_id, *result.chunk.metadata);
  });
  if (output.results.size() > retrieval.wanted)
    output.results.erase(output.results.begin() + static_cast<std::ptrdiff_t>(retrieval.wanted),
                         output.results.end());
}

Response dify_records(QueryOutput output, ByteHold memory) {
  auto rest = std::make_shared<RecordsRest>(std::move(output), std::move(memory));
  return json_in_pieces([rest = std::move(rest)](JsonWriter& out) { return rest->next(out); });
}

}  // namespace rappel
