#include "server/vector_stores/search_filter.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/vector_stores/attributes.h"

namespace rappel {
namespace {

using Op = Filter::Op;
using Read = std::variant<Filter, InputFault>;

InputFault fault(std::string message) { return {"`filters`: " + std::move(message), "filters"}; }

struct Operator {
  std::string_view type;
  Op op;
  bool takes_list = false;
};

constexpr Operator kOperators[] = {
    {"eq", Op::kIn},   {"ne", Op::kNotEquals},    {"gt", Op::kGreater},  {"gte", Op::kGreaterOrEqual},
    {"lt", Op::kLess}, {"lte", Op::kLessOrEqual}, {"in", Op::kIn, true}, {"nin", Op::kNotEquals, true}};

bool has_order(const MetadataValue& value) {
  return !std::holds_alternative<std::string>(value) && !std::holds_alternative<bool>(value);
}

Read read_comparison(const Operator& rule, const JsonObject& object) {
  const auto* key = find_member(object, "key");
  const auto* name = key != nullptr ? key->as<std::string>() : nullptr;
  if (name == nullptr || name->empty()) return fault("a comparison needs the text `key`");
  const JsonValue* const value = find_member(object, "value");
  Filter filter;
  filter.op = rule.op;
  filter.key = metadata_key(*name);
  const auto* list = value != nullptr ? value->as<JsonArray>() : nullptr;
  if (rule.takes_list != (list != nullptr))
    return fault(rule.takes_list ? "in and nin take a list as `value`" : "`value` must be one value");
  const std::size_t count = list != nullptr ? list->size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    auto read = value == nullptr ? std::nullopt : read_attribute_value(list != nullptr ? (*list)[i] : *value);
    if (!read) return fault("`value` must be a string, a finite number or a boolean");
    if (rule.op != Op::kIn && rule.op != Op::kNotEquals && !has_order(*read))
      return fault("gt, gte, lt and lte compare numbers, and dates such as 2026-05-06");
    filter.values.push_back(*std::move(read));
  }
  return filter;
}

Read read_node(const JsonValue& value, std::size_t level);

Read read_group(Op op, const JsonObject& object, std::size_t level) {
  const JsonValue* const member = find_member(object, "filters");
  const auto* list = member != nullptr ? member->as<JsonArray>() : nullptr;
  if (list == nullptr || list->empty()) return fault("and and or need a list `filters` that is not empty");
  if (list->size() > kMaxFilterConditions) return fault("too many conditions");
  Filter group;
  group.op = op;
  for (const JsonValue& child : *list) {
    auto read = read_node(child, level + 1);
    if (std::holds_alternative<InputFault>(read)) return read;
    group.children.push_back(std::get<Filter>(std::move(read)));
  }
  return group;
}

Read read_node(const JsonValue& value, std::size_t level) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) return fault("a filter must be an object");
  if (level > kMaxFilterDepth) return fault("too many levels");
  const JsonValue* const type = find_member(*object, "type");
  const auto* name = type != nullptr ? type->as<std::string>() : nullptr;
  if (name == nullptr) return fault("a filter needs the text `type`");
  if (*name == "and" || *name == "or") return read_group(*name == "and" ? Op::kAnd : Op::kOr, *object, level);
  for (const Operator& rule : kOperators)
    if (rule.type == *name) return read_comparison(rule, *object);
  return fault("`type` must be one of eq, ne, gt, gte, lt, lte, in, nin, and, or");
}

}  // namespace

std::variant<Filter, InputFault> read_search_filter(const JsonValue& value) {
  auto read = read_node(value, 1);
  if (const auto* filter = std::get_if<Filter>(&read))
    if (const Status checked = check_filter(*filter); !checked.ok()) return fault(checked.message());
  return read;
}

}  // namespace rappel
