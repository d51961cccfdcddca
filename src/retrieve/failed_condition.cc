#include <fmt/format.h>

#include "retrieve/why.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

std::optional<MetadataValue> value_of(const std::string& key, const std::string& document_id,
                                      const Metadata& metadata) {
  if (key == kDocumentIdKey) return MetadataValue(document_id);
  if (const DocumentField* const field = find_field(key)) return field_value(*field, metadata);
  const auto found = metadata.custom.find(key);
  return found == metadata.custom.end() ? std::nullopt : std::optional(found->second);
}

std::string_view operator_name(Filter::Op op) {
  switch (op) {
    case Filter::Op::kIn: return "in";
    case Filter::Op::kNotEquals: return "ne";
    case Filter::Op::kPrefix: return "prefix";
    case Filter::Op::kContains: return "contains";
    case Filter::Op::kLess: return "lt";
    case Filter::Op::kLessOrEqual: return "lte";
    case Filter::Op::kGreater: return "gt";
    case Filter::Op::kGreaterOrEqual: return "gte";
    case Filter::Op::kExists: return "exists";
    case Filter::Op::kMissing: return "exists not";
    default: return "";  // groups
  }
}

std::string group_text(const Filter& group) {
  std::string text;
  for (const Filter& child : group.children)
    text += (text.empty() ? "" : group.op == Filter::Op::kOr ? " or " : " and ") + condition_text(child);
  return (group.op == Filter::Op::kNot ? "not (" : "(") + text + ")";
}

}  // namespace

std::optional<FailedCondition> failed_condition(const Filter& filter, const std::string& document_id,
                                                const Metadata& metadata) {
  if (matches(filter, document_id, metadata)) return std::nullopt;
  if (filter.op == Filter::Op::kAnd)
    for (const Filter& child : filter.children)
      if (auto failed = failed_condition(child, document_id, metadata)) return failed;
  return FailedCondition{filter,
                         filter.key.empty() ? std::nullopt : value_of(filter.key, document_id, metadata)};
}

std::string condition_text(const Filter& condition) {
  if (condition.key.empty()) return group_text(condition);
  std::string values;
  for (const MetadataValue& value : condition.values)
    values += (values.empty() ? "" : ",") + dump_json(value_json(value));
  if (condition.values.size() != 1 && !values.empty()) values = "[" + values + "]";
  const bool equals = condition.op == Filter::Op::kIn && condition.values.size() == 1;
  const std::string text = fmt::format("{} {}", condition.key, equals ? "eq" : operator_name(condition.op));
  return values.empty() ? text : text + " " + values;
}

}  // namespace rappel
