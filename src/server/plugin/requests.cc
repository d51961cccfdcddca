#include "server/plugin/requests.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "server/plugin/metadata.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};

// The member when it is there and not null: what pydantic calls an optional field.
const JsonValue* given(const JsonObject& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  return value && !value->is_null() ? value : nullptr;
}

const JsonValue* required(const JsonObject& object, std::string_view name, const FieldPath& path,
                          FieldErrors& errors) {
  const JsonValue* value = find_member(object, name);
  if (!value) errors.add_missing(path.member(name));
  return value;
}

std::optional<std::string> optional_text(const JsonObject& object, std::string_view name,
                                         const FieldPath& path, FieldErrors& errors) {
  const JsonValue* value = given(object, name);
  return value ? read_text(*value, path.member(name), errors) : std::nullopt;
}

// The array `name` of a body, whose items are read one by one; null when it is missing or wrong.
const JsonArray* required_array(const JsonValue& body, std::string_view name, std::size_t max_items,
                                FieldErrors& errors) {
  const JsonObject* object = read_object(body, kBody, errors);
  const JsonValue* value = object ? required(*object, name, kBody, errors) : nullptr;
  const JsonArray* items = value ? read_array(*value, kBody.member(name), errors) : nullptr;
  if (items && items->size() > max_items) {
    errors.add(kBody.member(name), fmt::format("ensure this value has at most {} items", max_items),
               "value_error.list.max_items", fmt::format(R"({{"limit_value":{}}})", max_items));
    return nullptr;
  }
  return items;
}

Filter optional_filter(const JsonObject& object, const FieldPath& path, FieldErrors& errors) {
  const JsonValue* value = given(object, "filter");
  return value ? read_filter(*value, path.member("filter"), errors) : Filter::all();
}

QueryInput read_query(const JsonValue& value, const RequestBounds& bounds, const FieldPath& path,
                      FieldErrors& errors) {
  QueryInput query;
  const JsonObject* object = read_object(value, path, errors);
  if (!object) return query;
  if (const JsonValue* text = required(*object, "query", path, errors))
    query.text = read_text(*text, path.member("query"), errors).value_or("");
  query.filter = optional_filter(*object, path, errors);
  const JsonValue* top_k = given(*object, "top_k");
  const auto most = static_cast<std::int64_t>(bounds.max_top_k);
  if (const auto k = top_k ? read_bounded(*top_k, 1, most, path.member("top_k"), errors) : std::nullopt)
    query.top_k = static_cast<std::size_t>(*k);
  return query;
}

DocumentInput read_document(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  DocumentInput document;
  const JsonObject* object = read_object(value, path, errors);
  if (!object) return document;
  document.id = optional_text(*object, "id", path, errors);
  if (document.id && document.id->empty())
    document.id.reset();  // as in the old service: "" asks for a new id
  if (const JsonValue* text = required(*object, "text", path, errors))
    document.text = read_text(*text, path.member("text"), errors).value_or("");
  if (const JsonValue* metadata = given(*object, "metadata"))
    document.metadata =
        read_metadata(*metadata, document.id ? &*document.id : nullptr, path.member("metadata"), errors);
  add_fields_beside_text(*object, document.metadata);
  return document;
}

std::size_t optional_count(const JsonObject& object, std::string_view name, std::size_t fallback,
                           FieldErrors& errors) {
  const JsonValue* value = given(object, name);
  if (!value) return fallback;
  const auto count =
      read_bounded(*value, 0, std::numeric_limits<std::int64_t>::max(), kBody.member(name), errors);
  return static_cast<std::size_t>(count.value_or(0));
}

}  // namespace

std::vector<DocumentInput> read_upsert_request(const JsonValue& body, const RequestBounds& bounds,
                                               FieldErrors& errors) {
  std::vector<DocumentInput> documents;
  const JsonArray* items = required_array(body, "documents", bounds.max_documents, errors);
  const FieldPath path = kBody.member("documents");
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    documents.push_back(read_document((*items)[i], path.item(i), errors));
  return documents;
}

std::vector<QueryInput> read_query_request(const JsonValue& body, const RequestBounds& bounds,
                                           FieldErrors& errors) {
  std::vector<QueryInput> queries;
  const JsonArray* items = required_array(body, "queries", bounds.max_queries, errors);
  const FieldPath path = kBody.member("queries");
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    queries.push_back(read_query((*items)[i], bounds, path.item(i), errors));
  return queries;
}

ListInput read_list_request(const JsonValue& body, FieldErrors& errors) {
  ListInput list;
  const JsonObject* object = read_object(body, kBody, errors);
  if (!object) return list;
  const std::size_t limit = optional_count(*object, "limit", 0, errors);
  list.limit = limit == 0 ? 100 : limit;  // 0 meant the default in the old service, too
  list.offset = optional_count(*object, "offset", 0, errors);
  list.filter = optional_filter(*object, kBody, errors);
  return list;
}

DeleteInput read_delete_request(const JsonValue& body, FieldErrors& errors) {
  DeleteInput request;
  const JsonObject* object = read_object(body, kBody, errors);
  if (!object) return request;
  const FieldPath path = kBody.member("ids");
  const JsonValue* ids = given(*object, "ids");
  const JsonArray* items = ids ? read_array(*ids, path, errors) : nullptr;
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    if (auto id = read_text((*items)[i], path.item(i), errors)) request.ids.push_back(std::move(*id));
  Filter filter = optional_filter(*object, kBody, errors);
  if (!filter.unrestricted()) request.filter = std::move(filter);
  if (const JsonValue* all = given(*object, "delete_all"))
    request.delete_all = read_boolean(*all, kBody.member("delete_all"), errors).value_or(false);
  return request;
}

}  // namespace rappel
