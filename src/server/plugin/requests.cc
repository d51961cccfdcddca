#include "server/plugin/requests.h"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "server/input/members.h"
#include "server/input/metadata.h"
#include "server/input/removal_filter.h"
#include "store/filter_tree.h"

namespace rappel {
namespace {

Filter optional_filter(const JsonObject& object, const FieldPath& path, FieldErrors& errors) {
  const JsonValue* value = given_member(object, "filter");
  return value ? read_filter(*value, path.member("filter"), errors) : Filter::all();
}

std::optional<ResultUnit> optional_unit(const JsonObject& object, const FieldPath& path,
                                        FieldErrors& errors) {
  static constexpr std::string_view kUnits[] = {"chunk", "section"};
  const JsonValue* value = given_member(object, "return");
  const auto unit = value ? read_choice(*value, kUnits, path.member("return"), errors) : std::nullopt;
  if (!unit) return std::nullopt;
  return *unit == "section" ? ResultUnit::kSection : ResultUnit::kChunk;
}

QueryInput read_query(const JsonValue& value, const RequestBounds& bounds, const FieldPath& path,
                      FieldErrors& errors) {
  QueryInput query;
  const JsonObject* object = read_object(value, path, errors);
  if (!object) return query;
  if (const JsonValue* text = required_member(*object, "query", path, errors))
    query.text = read_text(*text, path.member("query"), errors).value_or("");
  query.filter = optional_filter(*object, path, errors);
  const JsonValue* top_k = given_member(*object, "top_k");
  const auto most = static_cast<std::int64_t>(bounds.max_top_k);
  if (const auto k = top_k ? read_bounded(*top_k, 1, most, path.member("top_k"), errors) : std::nullopt)
    query.top_k = static_cast<std::size_t>(*k);
  query.unit = optional_unit(*object, path, errors);
  return query;
}

std::size_t optional_count(const JsonObject& object, std::string_view name, std::size_t fallback,
                           FieldErrors& errors) {
  const JsonValue* value = given_member(object, name);
  if (!value) return fallback;
  const auto count =
      read_bounded(*value, 0, std::numeric_limits<std::int64_t>::max(), kBodyPath.member(name), errors);
  return static_cast<std::size_t>(count.value_or(0));
}

}  // namespace

std::vector<QueryInput> read_query_request(const JsonValue& body, const RequestBounds& bounds,
                                           FieldErrors& errors) {
  std::vector<QueryInput> queries;
  const JsonArray* items = required_array(body, "queries", bounds.max_queries, errors);
  const FieldPath path = kBodyPath.member("queries");
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    queries.push_back(read_query((*items)[i], bounds, path.item(i), errors));
  return queries;
}

ListInput read_list_request(const JsonValue& body, FieldErrors& errors) {
  ListInput list;
  const JsonObject* object = read_object(body, kBodyPath, errors);
  if (!object) return list;
  const std::size_t limit = optional_count(*object, "limit", 0, errors);
  list.limit = limit == 0 ? 100 : limit;  // 0 meant the default in the old service, too
  list.offset = optional_count(*object, "offset", 0, errors);
  list.filter = optional_filter(*object, kBodyPath, errors);
  return list;
}

DeleteInput read_delete_request(const JsonValue& body, FieldErrors& errors) {
  DeleteInput request;
  const JsonObject* object = read_object(body, kBodyPath, errors);
  if (!object) return request;
  const FieldPath path = kBodyPath.member("ids");
  const JsonValue* ids = given_member(*object, "ids");
  const JsonArray* items = ids ? read_array(*ids, path, errors) : nullptr;
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    if (auto id = read_text((*items)[i], path.item(i), errors)) request.ids.push_back(std::move(*id));
  if (const JsonValue* given = given_member(*object, "filter"))
    check_removal_filter(*given, kBodyPath.member("filter"), errors);
  Filter filter = optional_filter(*object, kBodyPath, errors);
  if (!is_empty(filter)) request.filter = std::move(filter);
  if (const JsonValue* all = given_member(*object, "delete_all"))
    request.delete_all = read_boolean(*all, kBodyPath.member("delete_all"), errors).value_or(false);
  return request;
}

}  // namespace rappel
