#include "server/input/rerank_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "server/http/headers.h"
#include "server/input/content_text.h"
#include "server/input/json_text.h"

namespace rappel {
namespace {

constexpr std::string_view kDocuments = "documents", kQuery = "query";

// "field: value", as Cohere's clients join them.
void add_line(std::string_view name, const JsonValue& value, std::string& text) {
  const auto* plain = value.as<std::string>();
  if (!text.empty()) text += '\n';
  text += fmt::format("{}: {}", name, plain ? *plain : json_text(value));
}

std::optional<std::string> own_text(const JsonObject& object) {
  const JsonValue* member = find_member(object, "text");
  if (const auto* text = member ? member->as<std::string>() : nullptr) return *text;
  return content_text(object);
}

std::string object_text(const JsonObject& object, const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields)
    if (const JsonValue* value = find_member(object, field)) add_line(field, *value, text);
  if (!fields.empty()) return text;
  if (auto own = own_text(object)) return *std::move(own);
  for (const auto& [name, value] : object) add_line(name, value, text);
  return text;
}

std::optional<std::string> text_of(const JsonValue& value, const std::vector<std::string>& fields) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* object = value.as<JsonObject>()) return object_text(*object, fields);
  return std::nullopt;
}

std::vector<std::string> read_fields(LenientObject& body) {
  std::vector<std::string> fields;
  const JsonValue* given = body.find("rank_fields");
  if (!given) return fields;
  const auto* items = given->as<JsonArray>();
  if (!items) body.refuse("rank_fields", "must be a list of strings");
  for (const JsonValue& item : items ? *items : JsonArray()) {
    const auto* name = item.as<std::string>();
    name ? fields.push_back(*name) : body.refuse("rank_fields", "must be a list of strings");
  }
  return fields;
}

std::vector<std::string> read_texts(LenientObject& body, std::string_view name, const JsonArray& items,
                                    const std::vector<std::string>& fields) {
  std::vector<std::string> texts;
  if (items.empty()) body.refuse(name, "is empty; send at least one text");
  if (items.size() > kMaxRerankDocuments) {
    body.refuse(name, fmt::format("has more than {} texts; send fewer at once", kMaxRerankDocuments));
    return texts;
  }
  for (const JsonValue& item : items) {
    auto text = text_of(item, fields);
    if (!text) {
      body.refuse(name, "must be a list of strings, or of objects");
      break;
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

// 0: all.
std::size_t read_limit(LenientObject& body) {
  for (const std::string_view name : {"top_n", "topN", "top_k"}) {
    const auto wanted = body.integer(name);
    if (!wanted) continue;
    if (*wanted < 0) body.refuse(name, "must not be negative; leave it out to get all documents");
    return static_cast<std::size_t>(std::max<std::int64_t>(*wanted, 0));
  }
  return 0;
}

std::string read_query(LenientObject& body) {
  const JsonValue* given = body.find(kQuery);
  auto text = given ? text_of(*given, {}) : std::nullopt;
  if (!text) body.refuse(kQuery, given ? "must be a string" : "is missing");
  if (text && text->empty()) body.refuse(kQuery, "is empty; send a text");
  return std::move(text).value_or("");
}

}  // namespace

bool wants_raw_scores(LenientObject& body) {
  return body.boolean("raw_scores").value_or(false) || !body.boolean("use_activation").value_or(true);
}

bool refuses_longer(LenientObject& body) {
  for (const std::string_view name : {"truncation", "truncate"}) {
    const JsonValue* given = body.find(name);
    if (!given) continue;
    const auto* word = given->as<std::string>();
    if (word && (equal_ignoring_case(*word, "end") || equal_ignoring_case(*word, "start"))) return false;
    if (word && equal_ignoring_case(*word, "none")) return true;
    return !body.boolean(name).value_or(true);
  }
  return false;
}

std::vector<std::string> read_rerank_texts(LenientObject& body, std::string_view name) {
  const JsonValue* given = body.find(name);
  if (!given) {
    body.refuse(name, "is missing");
    return {};
  }
  if (const auto* items = given->as<JsonArray>()) return read_texts(body, name, *items, {});
  auto text = text_of(*given, {});
  if (!text) body.refuse(name, "must be a string or a list of strings");
  return {std::move(text).value_or("")};
}

std::variant<RerankRequest, InputFault> read_rerank_request(const JsonObject& object) {
  LenientObject body(object);
  RerankRequest request;
  request.model = body.text("model").value_or("");
  request.query = read_query(body);
  const JsonValue* documents = body.find(kDocuments);
  const auto* items = documents ? documents->as<JsonArray>() : nullptr;
  if (!items)
    body.refuse(kDocuments, documents ? "must be a list of strings, or of objects" : "is missing");
  else
    request.texts = read_texts(body, kDocuments, *items, read_fields(body));
  request.limit = read_limit(body);
  request.has_top_k = body.find("top_k") != nullptr;
  request.raw_scores = wants_raw_scores(body);
  request.refuse_longer = refuses_longer(body);
  request.return_documents = body.boolean("return_documents");
  if (body.fault()) return *body.fault();
  return request;
}

}  // namespace rappel
