#include "server/dify/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "server/http/headers.h"
#include "store/custom_metadata.h"
#include "store/fields.h"

namespace rappel {
namespace {

using Op = Filter::Op;
using Values = std::vector<MetadataValue>;

// The value that a condition needs.
enum class Operand { kNone, kAny, kList, kText, kOrdered, kTime };

struct Operator {
  std::string_view name;
  Op op;
  Operand operand;
  bool negated = false;
};

constexpr std::string_view kEndWith = "end with";

constexpr Operator kOperators[] = {
    {"contains", Op::kContains, Operand::kText},
    {"not contains", Op::kContains, Operand::kText, true},
    {"start with", Op::kPrefix, Operand::kText},
    {kEndWith, Op::kContains, Operand::kText},
    {"is", Op::kIn, Operand::kAny},
    {"is not", Op::kIn, Operand::kAny, true},
    {"in", Op::kIn, Operand::kList},
    {"not in", Op::kIn, Operand::kList, true},
    {"empty", Op::kExists, Operand::kNone, true},
    {"not empty", Op::kExists, Operand::kNone},
    {"=", Op::kIn, Operand::kAny},
    {"≠", Op::kIn, Operand::kAny, true},
    {">", Op::kGreater, Operand::kOrdered},
    {"<", Op::kLess, Operand::kOrdered},
    {"≥", Op::kGreaterOrEqual, Operand::kOrdered},
    {"≤", Op::kLessOrEqual, Operand::kOrdered},
    {"before", Op::kLess, Operand::kTime},
    {"after", Op::kGreater, Operand::kTime},
};

Status refused(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

std::string operator_names() {
  std::string names;
  for (const Operator& known : kOperators) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

std::optional<std::string> plain_text(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* whole = value.as<JsonInteger>()) return whole->digits;
  if (const auto* number = value.as<JsonFloat>()) return number->digits;
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  return std::nullopt;
}

std::optional<MetadataValue> number_in(std::string_view text) {
  text = trimmed(text);
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return MetadataValue(whole);
  double number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return MetadataValue(number);
}

std::optional<MetadataValue> date_in(const std::string& text) {
  if (const auto number = number_in(text)) {  // seconds since 1970
    const auto* whole = std::get_if<std::int64_t>(&*number);
    const auto* part = std::get_if<double>(&*number);
    if (part && std::abs(*part) > 1e15) return std::nullopt;
    return Timestamp{"", whole ? *whole : static_cast<std::int64_t>(std::floor(*part))};
  }
  auto date = Timestamp::parse(text);
  if (!date.ok()) return std::nullopt;
  return MetadataValue(*std::move(date));
}

// Everything that the text may stand for in a document.
void add_equal_values(const std::string& text, Values& values) {
  values.emplace_back(text);
  if (auto number = number_in(text)) values.push_back(*std::move(number));
  if (text == "true" || text == "false") values.emplace_back(text == "true");
}

Result<Values> equal_values_of(const JsonValue& value, Operand operand) {
  Values values;
  if (const auto* items = value.as<JsonArray>()) {
    for (const JsonValue& item : *items) {
      const auto text = plain_text(item);
      if (!text) return refused("`value` must be a list of strings and numbers");
      add_equal_values(*text, values);
    }
    return values;
  }
  const std::string text = *plain_text(value);
  if (operand != Operand::kList) {
    add_equal_values(text, values);
    return values;
  }
  for (std::string_view rest = text; !rest.empty();) {  // "a, b"
    const std::size_t comma = std::min(rest.find(','), rest.size());
    add_equal_values(std::string(trimmed(rest.substr(0, comma))), values);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return values;
}

// By number, by date, or either where the value may be both.
Result<Filter> ordered(const Operator& how, const std::string& key, const std::string& text) {
  const auto number = number_in(text);
  const auto date = how.operand == Operand::kTime || !number ? date_in(text) : std::nullopt;
  if (!number && !date) return refused(fmt::format("`{}` needs a number or a date", how.name));
  std::vector<Filter> either;
  if (number) either.push_back(Filter::compare(how.op, key, *number));
  if (date) either.push_back(Filter::compare(how.op, key, *date));
  return either.size() == 1 ? std::move(either[0]) : Filter::either_of(std::move(either));
}

// Without the operator's negation.
Result<Filter> positive(const Operator& how, const std::string& key, const JsonValue* value) {
  if (how.operand == Operand::kNone)
    return Filter::both_of({Filter::exists(key, true), Filter::negation(Filter::equals(key, ""))});
  if (!value || value->is_null()) return refused(fmt::format("`{}` needs a `value`", how.name));
  const auto text = plain_text(*value);
  if (!text && !(value->as<JsonArray>() && how.op == Op::kIn))
    return refused(fmt::format("`{}` needs a string or a number as its `value`", how.name));
  if (how.operand == Operand::kText) return Filter::compare(how.op, key, *text);
  if (how.operand == Operand::kOrdered || how.operand == Operand::kTime) return ordered(how, key, *text);
  RAPPEL_ASSIGN(Values values, equal_values_of(*value, how.operand));
  return Filter::any_of(key, std::move(values));
}

// A string, or a list of strings in older versions of Dify: any of them.
Result<std::vector<std::string>> read_names(const JsonValue* value) {
  std::vector<std::string> names;
  if (const auto* text = value ? value->as<std::string>() : nullptr) names.push_back(*text);
  if (const auto* items = value ? value->as<JsonArray>() : nullptr)
    for (const JsonValue& item : *items)
      if (const auto* text = item.as<std::string>()) names.push_back(*text);
  if (names.empty()) return refused("a condition needs the `name` of a metadata key");
  for (const std::string& name : names)
    if (name != kDocumentIdKey && !find_field(name)) RAPPEL_TRY(check_custom_key(name));
  return names;
}

bool ends_with(const MetadataValue& value, std::string_view end) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->ends_with(end);
  const auto* date = std::get_if<Timestamp>(&value);
  return date && date->text.ends_with(end);
}

std::optional<MetadataValue> value_of(const std::string& key, const std::string& document_id,
                                      const Metadata& metadata) {
  if (key == kDocumentIdKey) return MetadataValue(document_id);
  if (const DocumentField* field = find_field(key)) return field_value(*field, metadata);
  const auto found = metadata.custom.find(key);
  return found == metadata.custom.end() ? std::nullopt : std::optional(found->second);
}

Filter joined(std::vector<Filter> filters, bool any) {
  if (filters.empty()) return Filter::all();
  return any ? Filter::either_of(std::move(filters)) : Filter::both_of(std::move(filters));
}

}  // namespace

Result<DifyConditions::Condition> DifyConditions::read_one(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  if (!object) return refused("a condition is an object with `name`, `comparison_operator` and `value`");
  RAPPEL_ASSIGN(std::vector<std::string> names, read_names(find_member(*object, "name")));
  const JsonValue* given = find_member(*object, "comparison_operator");
  const auto* name = given ? given->as<std::string>() : nullptr;
  const auto* how = std::find_if(std::begin(kOperators), std::end(kOperators),
                                 [&](const Operator& known) { return name && known.name == *name; });
  if (how == std::end(kOperators))
    return refused("`comparison_operator` must be one of: " + operator_names());
  const JsonValue* operand = find_member(*object, "value");
  std::vector<Filter> any;
  for (const std::string& key : names) {
    RAPPEL_ASSIGN(Filter one, positive(*how, key, operand));
    any.push_back(std::move(one));
  }
  Filter filter = joined(std::move(any), true);
  if (how->negated) return Condition{Filter::negation(std::move(filter))};
  if (how->name != kEndWith) return Condition{std::move(filter)};
  return Condition{std::move(filter), std::move(names), *plain_text(*operand)};
}

Result<DifyConditions> DifyConditions::read(const JsonValue& condition) {
  const auto* object = condition.as<JsonObject>();
  if (!object) return refused("`metadata_condition` must be an object");
  const JsonValue* operation = find_member(*object, "logical_operator");
  const auto* word = operation ? operation->as<std::string>() : nullptr;
  if (operation && !operation->is_null() && !(word && (*word == "and" || *word == "or")))
    return refused("`logical_operator` must be \"and\" or \"or\"");
  DifyConditions out;
  out.any_ = word && *word == "or";
  const JsonValue* list = find_member(*object, "conditions");
  if (!list || list->is_null()) return out;
  const auto* items = list->as<JsonArray>();
  if (!items) return refused("`conditions` must be a list");
  for (const JsonValue& item : *items) {
    RAPPEL_ASSIGN(Condition one, read_one(item));
    out.conditions_.push_back(std::move(one));
    if (out.conditions_.size() > kMaxFilterConditions) break;  // check_filter() refuses it
  }
  return out;
}

Filter DifyConditions::filter() const {
  std::vector<Filter> filters;
  for (const Condition& condition : conditions_) filters.push_back(condition.filter);
  return joined(std::move(filters), any_);
}

bool DifyConditions::has_ends() const {
  return std::any_of(conditions_.begin(), conditions_.end(),
                     [](const Condition& condition) { return !condition.keys.empty(); });
}

bool DifyConditions::holds(const std::string& document_id, const Metadata& metadata) const {
  const auto true_of = [&](const Condition& condition) {
    if (condition.keys.empty()) return matches(condition.filter, document_id, metadata);
    return std::any_of(condition.keys.begin(), condition.keys.end(), [&](const std::string& key) {
      const auto value = value_of(key, document_id, metadata);
      return value && ends_with(*value, condition.end);
    });
  };
  if (any_ && !conditions_.empty()) return std::any_of(conditions_.begin(), conditions_.end(), true_of);
  return std::all_of(conditions_.begin(), conditions_.end(), true_of);
}

}  // namespace rappel
