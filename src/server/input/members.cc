#include "server/input/members.h"

#include <fmt/format.h>

namespace rappel {

const JsonValue* given_member(const JsonObject& object, std::string_view name) {
  const JsonValue* value = find_member(object, name);
  return value && !value->is_null() ? value : nullptr;
}

const JsonValue* required_member(const JsonObject& object, std::string_view name, const FieldPath& path,
                                 FieldErrors& errors) {
  const JsonValue* value = find_member(object, name);
  if (!value) errors.add_missing(path.member(name));
  return value;
}

const JsonArray* required_array(const JsonValue& body, std::string_view name, std::size_t max_items,
                                FieldErrors& errors) {
  const JsonObject* object = read_object(body, kBodyPath, errors);
  const JsonValue* value = object ? required_member(*object, name, kBodyPath, errors) : nullptr;
  const JsonArray* items = value ? read_array(*value, kBodyPath.member(name), errors) : nullptr;
  if (items && items->size() > max_items) {
    errors.add(kBodyPath.member(name), fmt::format("ensure this value has at most {} items", max_items),
               "value_error.list.max_items", fmt::format(R"({{"limit_value":{}}})", max_items));
    return nullptr;
  }
  return items;
}

}  // namespace rappel
