#include "server/search/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "retrieve/answer_shape.h"
#include "server/http/headers.h"
#include "server/input/members.h"
#include "server/input/metadata.h"

namespace rappel {
namespace {

constexpr FieldPath kQueryPath{nullptr, "query", 0};
constexpr std::string_view kDocumentId = "document_id";

// A member, for its reader.
struct Given {
  const JsonValue& value;
  const FieldPath& path;
  std::size_t max_top_k;
  FieldErrors& errors;
};

std::optional<std::size_t> count(const Given& given, std::int64_t least, std::size_t most) {
  const auto bound = static_cast<std::int64_t>(most);
  const auto read = read_bounded(given.value, least, bound, given.path, given.errors);
  return read ? std::optional(static_cast<std::size_t>(*read)) : std::nullopt;
}

std::optional<double> real(const Given& given, double most) {
  std::string digits;
  if (const auto* whole = given.value.as<JsonInteger>()) digits = whole->digits;
  if (const auto* number = given.value.as<JsonFloat>()) digits = number->digits;
  if (const auto* text = given.value.as<std::string>()) digits = *text;
  double value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    given.errors.add(given.path, "value is not a valid float", "type_error.float");
    return std::nullopt;
  }
  if (value >= 0 && value <= most) return value;
  given.errors.add(given.path, fmt::format("ensure this value is between 0 and {}", most),
                   "value_error.number.not_in_range");
  return std::nullopt;
}

std::vector<std::string_view> mode_names() {
  std::vector<std::string_view> names;
  for (const SearchModeInfo& mode : search_modes()) names.push_back(mode.name);
  return names;
}

void read_mode(const Given& given, QueryInput& query) {
  const auto names = mode_names();
  if (const auto name = read_choice(given.value, names, given.path, given.errors))
    query.mode = find_mode(*name);
}

void read_unit(const Given& given, QueryInput& query) {
  static constexpr std::string_view kUnits[] = {"chunk", "section"};
  if (const auto unit = read_choice(given.value, kUnits, given.path, given.errors))
    query.unit = *unit == "section" ? ResultUnit::kSection : ResultUnit::kChunk;
}

bool flag(const Given& given) { return read_boolean(given.value, given.path, given.errors).value_or(false); }

struct Member {
  std::string_view name;
  void (*read)(const Given& given, QueryInput& query);
};

constexpr std::size_t kMostText = std::numeric_limits<std::int32_t>::max();
constexpr double kMostMilliseconds = 3'600'000;

constexpr Member kMembers[] = {
    {"query",
     [](const Given& given, QueryInput& query) {
       query.text = read_text(given.value, given.path, given.errors).value_or("");
     }},
    {"filter", [](const Given& given,
                  QueryInput& query) { query.filter = read_filter(given.value, given.path, given.errors); }},
    {"top_k", [](const Given& given, QueryInput& query) { query.top_k = count(given, 1, given.max_top_k); }},
    {"mode", read_mode},
    {"return", read_unit},
    {"rerank", [](const Given& given,
                  QueryInput& query) { query.rerank = read_boolean(given.value, given.path, given.errors); }},
    {"rerank_depth",
     [](const Given& given, QueryInput& query) { query.rerank_depth = count(given, 1, given.max_top_k); }},
    {"budget_ms",
     [](const Given& given, QueryInput& query) { query.rerank_budget = real(given, kMostMilliseconds); }},
    {"latency_budget_ms",
     [](const Given& given, QueryInput& query) { query.latency_budget = real(given, kMostMilliseconds); }},
    {"min_score",
     [](const Given& given, QueryInput& query) { query.min_score = real(given, 1).value_or(0); }},
    {"explain", [](const Given& given, QueryInput& query) { query.explain = flag(given); }},
    {"neighbors",
     [](const Given& given, QueryInput& query) {
       query.shape.neighbors = count(given, 0, kMostNeighbors).value_or(0);
     }},
    {"highlights", [](const Given& given, QueryInput& query) { query.shape.highlights = flag(given); }},
    {"diversity", [](const Given& given, QueryInput& query) { query.shape.diversity = real(given, 1); }},
    {"collapse", [](const Given& given, QueryInput& query) { query.shape.collapse = flag(given); }},
    {"fold_duplicates",
     [](const Given& given, QueryInput& query) { query.shape.fold_duplicates = flag(given); }},
    {"max_chars",
     [](const Given& given, QueryInput& query) { query.shape.max_chars = count(given, 1, kMostText); }},
    {"max_tokens",
     [](const Given& given, QueryInput& query) { query.shape.max_tokens = count(given, 1, kMostText); }},
    {"syntax", [](const Given& given, QueryInput& query) { query.syntax = flag(given); }},
    {"typos", [](const Given& given, QueryInput& query) { query.typos = flag(given); }},
    {"prefix", [](const Given& given, QueryInput& query) { query.prefix = flag(given); }},
    {"cursor",
     [](const Given& given, QueryInput& query) {
       query.cursor = read_text(given.value, given.path, given.errors).value_or("");
     }},
};

const Member* find_member_reader(std::string_view name) {
  const auto found = std::find_if(std::begin(kMembers), std::end(kMembers),
                                  [&](const Member& member) { return member.name == name; });
  return found == std::end(kMembers) ? nullptr : found;
}

// `more`: a further member that is no error.
QueryInput read_members(const JsonObject& object, std::string_view more, const FieldPath& path,
                        std::size_t max_top_k, FieldErrors& errors) {
  QueryInput query;
  required_member(object, "query", path, errors);
  for (const Member& member : kMembers)
    if (const JsonValue* value = given_member(object, member.name))
      member.read({*value, path.member(member.name), max_top_k, errors}, query);
  for (const auto& [name, value] : object)
    if (name != more && find_member_reader(name) == nullptr)
      errors.add(path.member(name), "extra fields not permitted", "value_error.extra");
  return query;
}

WhyInput read_why(const JsonObject& object, const FieldPath& path, std::size_t max_top_k,
                  FieldErrors& errors) {
  WhyInput input;
  if (const JsonValue* id = required_member(object, kDocumentId, path, errors))
    input.document_id = read_text(*id, path.member(kDocumentId), errors).value_or("");
  input.query = read_members(object, kDocumentId, path, max_top_k, errors);
  return input;
}

std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

// The members of "?a=b&c=d" as texts; the filter is JSON.
JsonObject query_object(std::string_view query, FieldErrors& errors) {
  JsonObject object;
  while (!query.empty()) {
    query.remove_prefix(1);  // "?" or "&"
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view member = query.substr(0, end);
    query.remove_prefix(end);
    if (member.empty()) continue;
    const std::size_t equals = std::min(member.find('='), member.size());
    std::string name = form_decoded(member.substr(0, equals));
    std::string text = form_decoded(member.substr(std::min(equals + 1, member.size())));
    JsonValue value{text};
    if (name == "filter") {
      auto parsed = read_body_json(text);
      if (const auto* fault = std::get_if<JsonFault>(&parsed))
        errors.add_json_fault(kQueryPath.member("filter"), *fault);
      else
        value = std::move(std::get<JsonValue>(parsed));
    }
    object.emplace_back(std::move(name), std::move(value));
  }
  return object;
}

}  // namespace

QueryInput read_search_request(const JsonValue& body, std::size_t max_top_k, FieldErrors& errors) {
  const JsonObject* object = read_object(body, kBodyPath, errors);
  return object ? read_members(*object, "query", kBodyPath, max_top_k, errors) : QueryInput();
}

WhyInput read_why_request(const JsonValue& body, std::size_t max_top_k, FieldErrors& errors) {
  const JsonObject* object = read_object(body, kBodyPath, errors);
  return object ? read_why(*object, kBodyPath, max_top_k, errors) : WhyInput();
}

QueryInput read_search_query(std::string_view query_string, std::size_t max_top_k, FieldErrors& errors) {
  const JsonObject object = query_object(query_string, errors);
  return errors.empty() ? read_members(object, "query", kQueryPath, max_top_k, errors) : QueryInput();
}

WhyInput read_why_query(std::string_view query_string, std::size_t max_top_k, FieldErrors& errors) {
  const JsonObject object = query_object(query_string, errors);
  return errors.empty() ? read_why(object, kQueryPath, max_top_k, errors) : WhyInput();
}

std::vector<std::string_view> search_members() {
  std::vector<std::string_view> names;
  for (const Member& member : kMembers) names.push_back(member.name);
  return names;
}

}  // namespace rappel
