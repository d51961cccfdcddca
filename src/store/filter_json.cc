#include "store/filter_json.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "store/custom_metadata.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr struct {
  std::string_view name;
  Filter::Op op;
} kOperators[] = {
    {"eq", Filter::Op::kIn},         {"ne", Filter::Op::kNotEquals},
    {"gt", Filter::Op::kGreater},    {"gte", Filter::Op::kGreaterOrEqual},
    {"lt", Filter::Op::kLess},       {"lte", Filter::Op::kLessOrEqual},
    {"in", Filter::Op::kIn},         {"nin", Filter::Op::kNotEquals},
    {"prefix", Filter::Op::kPrefix}, {"contains", Filter::Op::kContains},
    {"exists", Filter::Op::kExists}, {"not", Filter::Op::kNot},
};
constexpr const char* kOperatorNames = "eq, ne, gt, gte, lt, lte, in, nin, exists, prefix, contains, not";

Status refused(std::string_view key, std::string_view why) {
  return Status(Code::kInvalidArgument, fmt::format("filter {}: {}", key, why));
}

bool is_known(std::string_view key) {
  return key == kDocumentIdKey || key == "start_date" || key == "end_date" || find_field(key) != nullptr;
}

// LangChain's self-query retriever writes {"date": "2024-05-06", "type": "date"}, and "datetime" in both
// places.
const Json& without_date_object(const Json& value) {
  if (!value.is_object() || value.size() != 2) return value;
  const auto type = value.find("type");
  if (type == value.end() || (*type != "date" && *type != "datetime")) return value;
  const auto date = value.find(type->get_ref<const std::string&>());
  return date != value.end() && date->is_string() ? *date : value;
}

// A plain value as the key's type. A number that is not whole can be compared with whole ones.
Result<MetadataValue> operand(std::string_view key, const Json& value) {
  auto read = read_plain_value(without_date_object(value));
  if (!read.ok()) return refused(key, read.status().message());
  MetadataValue plain = std::move(read).value();
  if (std::holds_alternative<std::vector<std::string>>(plain)) return refused(key, "expected a single value");
  if (const DocumentField* const field = find_field(key)) {
    if (field->type == FieldType::kInteger && std::holds_alternative<double>(plain)) return plain;
    auto typed = typed_value(*field, std::move(plain));
    if (!typed.ok())
      return Status(Code::kInvalidArgument, "filter " + typed.status().message());  // names the key
    return typed;
  }
  if (key == kDocumentIdKey && !std::holds_alternative<std::string>(plain)) {
    if (auto* date = std::get_if<Timestamp>(&plain)) return MetadataValue(date->text);
    return refused(key, "expected a string");
  }
  return plain;
}

Status too_deep() {
  return Status(Code::kInvalidArgument, fmt::format("a filter has at most {} levels", kMaxFilterDepth));
}

Result<Filter> any_of(std::string_view key, const Json& list, std::string_view name = "in") {
  if (!list.is_array()) return refused(key, fmt::format("{} expects a list", name));
  std::vector<MetadataValue> values;
  for (const Json& item : list) {
    if (without_date_object(item).is_structured() || item.is_null())
      return refused(key, "a list holds strings, numbers and booleans");
    RAPPEL_ASSIGN(MetadataValue value, operand(key, item));
    values.push_back(std::move(value));
  }
  return Filter::any_of(key, std::move(values));
}

Result<Filter> operators(std::string_view key, const Json& object, std::size_t level);

// One operator of a single value.
Result<Filter> comparison(std::string_view key, std::string_view name, Filter::Op op, const Json& value) {
  if (without_date_object(value).is_structured() || value.is_null())
    return refused(key, fmt::format("{} expects a string, a number or a boolean", name));
  if (op == Filter::Op::kPrefix || op == Filter::Op::kContains) {
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
      return refused(key, fmt::format("{} expects a string that is not empty", name));
    return Filter::compare(op, key, value.get<std::string>());
  }
  RAPPEL_ASSIGN(MetadataValue wanted, operand(key, value));
  const bool ordered = std::holds_alternative<std::int64_t>(wanted) ||
                       std::holds_alternative<double>(wanted) || std::holds_alternative<Timestamp>(wanted);
  if (op != Filter::Op::kIn && op != Filter::Op::kNotEquals && !ordered)
    return refused(key,
                   fmt::format("{} expects a number or a date (YYYY-MM-DD, with or without a time)", name));
  return Filter::compare(op, key, std::move(wanted));
}

Result<Filter> apply(std::string_view key, std::string_view name, const Json& value, std::size_t level) {
  const std::string_view bare = name.starts_with('$') ? name.substr(1) : name;
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const auto& known) { return known.name == bare; });
  if (found == std::end(kOperators))
    return refused(key, fmt::format("unknown operator \"{}\"; the operators are {}", name, kOperatorNames));
  if (bare == "in" || bare == "nin") {
    RAPPEL_ASSIGN(Filter list, any_of(key, value, bare));
    list.op = found->op;
    return list;
  }
  if (found->op == Filter::Op::kNot) {
    if (!value.is_object()) return refused(key, "not expects an object of operators");
    RAPPEL_ASSIGN(Filter child, operators(key, value, level + 1));
    return Filter::negation(std::move(child));
  }
  if (found->op == Filter::Op::kExists) {
    if (!value.is_boolean()) return refused(key, "exists expects true or false");
    return Filter::exists(key, value.get<bool>());
  }
  return comparison(key, bare, found->op, value);
}

Result<Filter> operators(std::string_view key, const Json& object, std::size_t level) {
  if (level > kMaxFilterDepth) return too_deep();
  if (object.empty()) return refused(key, fmt::format("expected an operator: {}", kOperatorNames));
  std::vector<Filter> conditions;
  for (const auto& [name, value] : object.items()) {
    RAPPEL_ASSIGN(Filter condition, apply(key, name, value, level));
    conditions.push_back(std::move(condition));
  }
  return conditions.size() == 1 ? std::move(conditions[0]) : Filter::both_of(std::move(conditions));
}

Result<Filter> date_bound(std::string_view key, const Json& value) {
  if (!value.is_string()) return refused(key, "expected a date");
  const auto date = Timestamp::parse(value.get<std::string>());
  if (!date.ok()) return refused(key, date.status().message());
  return key == "start_date" ? Filter::created_at_or_after(date->second)
                             : Filter::created_at_or_before(date->second);
}

// $and, $or, $nor and $not between whole conditions.
Result<Filter> group(std::string_view name, const Json& value, std::size_t level) {
  if (name == "$not") {
    RAPPEL_ASSIGN(Filter child, read_filter(value, level + 1));
    return Filter::negation(std::move(child));
  }
  if (name != "$and" && name != "$or" && name != "$nor")
    return Status(Code::kInvalidArgument,
                  fmt::format("filter: \"{}\" is no key; $and, $or, $nor and $not join conditions, and "
                              "operators stand inside a key's object: {}",
                              name, kOperatorNames));
  if (!value.is_array() || value.empty())
    return Status(Code::kInvalidArgument,
                  fmt::format("filter: {} expects a list of filters, at least one", name));
  std::vector<Filter> children;
  for (const Json& item : value) {
    RAPPEL_ASSIGN(Filter child, read_filter(item, level + 1));
    children.push_back(name == "$nor" ? Filter::negation(std::move(child)) : std::move(child));
    if (children.size() > kMaxFilterConditions) break;  // check_filter() refuses it
  }
  return name == "$or" ? Filter::either_of(std::move(children)) : Filter::both_of(std::move(children));
}

}  // namespace

Result<Filter> read_condition(std::string_view key, const Json& value, std::size_t level) {
  if (level > kMaxFilterDepth) return too_deep();
  if (key.starts_with('$')) return group(key, value, level);
  if (key != kDocumentIdKey && find_field(key) == nullptr) RAPPEL_TRY(check_custom_key(key));
  if (value.is_object()) return operators(key, value, level + 1);
  if (key == "start_date" || key == "end_date") return date_bound(key, value);
  if (value.is_array()) return any_of(key, value);
  if (value.is_null())
    return refused(key, "null is no value; use {\"exists\": false} for documents without the key");
  RAPPEL_ASSIGN(MetadataValue wanted, operand(key, value));
  return Filter::equals(key, std::move(wanted));
}

Result<Filter> read_text_condition(std::string_view key, const std::string& value) {
  if (key.starts_with('$')) return refused(key, "a key does not begin with $");
  const DocumentField* const field = find_field(key);
  const auto json = parse_json(value);
  const bool literal = json.ok() && (json->is_number() || json->is_boolean());
  if (field != nullptr && field->type == FieldType::kInteger && literal) return read_condition(key, *json);
  return read_condition(key, !is_known(key) && literal ? Json::array({*json, value}) : Json(value));
}

Result<Filter> read_filter(const Json& object, std::size_t level) {
  if (!object.is_object()) return Status(Code::kInvalidArgument, "a filter is a JSON object");
  if (level > 1 && object.empty())
    return Status(Code::kInvalidArgument, "filter: an empty filter within a filter would match everything");
  std::vector<Filter> conditions;
  for (const auto& [key, value] : object.items()) {
    if (level == 1 && value.is_null() && is_known(key)) continue;
    RAPPEL_ASSIGN(Filter condition, read_condition(key, value, level));
    conditions.push_back(std::move(condition));
  }
  return Filter::both_of(std::move(conditions));
}

}  // namespace rappel
