#include "store/filter.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "store/filter_tree.h"

namespace rappel {
namespace {

// Exact, where a conversion to double would not be.
std::partial_ordering order_numbers(std::int64_t whole, double number) {
  if (std::isnan(number)) return std::partial_ordering::unordered;
  if (number >= 9223372036854775808.0) return std::partial_ordering::less;
  if (number < -9223372036854775808.0) return std::partial_ordering::greater;
  const auto truncated = static_cast<std::int64_t>(number);
  if (whole != truncated) return whole <=> truncated;
  return 0.0 <=> number - static_cast<double>(truncated);
}

std::partial_ordering reversed(std::partial_ordering order) { return 0 <=> order; }

std::optional<MetadataValue> value_of(const std::string& key, const std::string& document_id,
                                      const Metadata& metadata) {
  if (key == kDocumentIdKey) return MetadataValue(document_id);
  if (const DocumentField* const field = find_field(key)) return field_value(*field, metadata);
  const auto found = metadata.custom.find(key);
  return found == metadata.custom.end() ? std::nullopt : std::optional(found->second);
}

bool names_custom_key(const Filter& filter) {
  if (!is_group(filter)) return filter.key != kDocumentIdKey && find_field(filter.key) == nullptr;
  return std::any_of(filter.children.begin(), filter.children.end(), names_custom_key);
}

bool selects_nothing(const Filter& filter) {
  const auto& children = filter.children;
  switch (filter.op) {
    case Filter::Op::kIn: return filter.values.empty();
    case Filter::Op::kAnd: return std::any_of(children.begin(), children.end(), selects_nothing);
    case Filter::Op::kOr: return std::all_of(children.begin(), children.end(), selects_nothing);
    case Filter::Op::kNot: return children.at(0).unrestricted();
    default: return false;
  }
}

struct Size {
  std::size_t conditions = 0, values = 0, depth = 0;
  void add(const Filter& filter, std::size_t level = 1) {
    const bool conjunction = filter.op == Filter::Op::kAll || filter.op == Filter::Op::kAnd;
    conditions += conjunction ? 0 : 1;
    values += filter.values.size();
    depth = std::max(depth, level);
    if (level > kMaxFilterDepth) return;
    for (const Filter& child : filter.children) add(child, conjunction ? level : level + 1);
  }
};

}  // namespace

Filter Filter::equals(std::string_view key, MetadataValue value) {
  std::vector<MetadataValue> values;
  values.push_back(std::move(value));
  return any_of(key, std::move(values));
}

Filter Filter::any_of(std::string_view key, std::vector<MetadataValue> values) {
  Filter filter;
  filter.op = Op::kIn;
  filter.key = key;
  filter.values = std::move(values);
  return filter;
}

Filter Filter::compare(Op op, std::string_view key, MetadataValue value) {
  Filter filter = equals(key, std::move(value));
  filter.op = op;
  return filter;
}

Filter Filter::exists(std::string_view key, bool wanted) {
  Filter filter;
  filter.op = wanted ? Op::kExists : Op::kMissing;
  filter.key = key;
  return filter;
}

Filter Filter::created_at_or_after(std::int64_t second) {
  return compare(Op::kGreaterOrEqual, "created_at", Timestamp{"", second});
}

Filter Filter::created_at_or_before(std::int64_t second) {
  return compare(Op::kLessOrEqual, "created_at", Timestamp{"", second});
}

Filter Filter::both_of(std::vector<Filter> children) {
  Filter filter;
  filter.op = Op::kAnd;
  filter.children = std::move(children);
  return filter;
}

Filter Filter::either_of(std::vector<Filter> children) {
  Filter filter;
  filter.op = Op::kOr;
  filter.children = std::move(children);
  return filter;
}

Filter Filter::negation(Filter child) {
  Filter filter;
  filter.op = Op::kNot;
  filter.children.push_back(std::move(child));
  return filter;
}

bool Filter::unrestricted() const {
  const auto unrestricted = [](const Filter& f) { return f.unrestricted(); };
  switch (op) {
    case Op::kAll: return true;
    case Op::kAnd: return std::all_of(children.begin(), children.end(), unrestricted);
    case Op::kOr: return std::any_of(children.begin(), children.end(), unrestricted);
    case Op::kNot: return selects_nothing(children.at(0));
    case Op::kNotEquals: return values.empty();
    default: return false;
  }
}

bool Filter::selects_by_absence() const {
  if (op == Op::kMissing || op == Op::kNotEquals || op == Op::kNot) return names_custom_key(*this);
  return std::any_of(children.begin(), children.end(),
                     [](const Filter& f) { return f.selects_by_absence(); });
}

bool Filter::reads_texts() const {
  return op == Op::kPrefix || op == Op::kContains ||
         std::any_of(children.begin(), children.end(), [](const Filter& f) { return f.reads_texts(); });
}

Status check_filter(const Filter& filter) {
  Size size;
  size.add(filter);
  if (size.conditions > kMaxFilterConditions)
    return Status(Code::kInvalidArgument,
                  fmt::format("a filter has at most {} conditions", kMaxFilterConditions));
  if (size.depth > kMaxFilterDepth)
    return Status(Code::kInvalidArgument, fmt::format("a filter has at most {} levels", kMaxFilterDepth));
  if (size.values > kMaxFilterValues)
    return Status(Code::kInvalidArgument, fmt::format("a filter has at most {} values", kMaxFilterValues));
  return {};
}

bool equal_values(const MetadataValue& stored, const MetadataValue& wanted) {
  const std::string* const text = text_of(wanted);
  if (const auto* list = std::get_if<std::vector<std::string>>(&stored))
    return text != nullptr && std::find(list->begin(), list->end(), *text) != list->end();
  if (const std::string* const stored_text = text_of(stored)) return text != nullptr && *text == *stored_text;
  const auto *flag = std::get_if<bool>(&stored), *wanted_flag = std::get_if<bool>(&wanted);
  if (flag != nullptr || wanted_flag != nullptr)
    return flag != nullptr && wanted_flag != nullptr && *flag == *wanted_flag;
  return order_values(stored, wanted) == 0;
}

std::partial_ordering order_values(const MetadataValue& stored, const MetadataValue& wanted) {
  const auto *date = std::get_if<Timestamp>(&stored), *wanted_date = std::get_if<Timestamp>(&wanted);
  if (date != nullptr && wanted_date != nullptr) return date->second <=> wanted_date->second;
  const auto *whole = std::get_if<std::int64_t>(&stored), *wanted_whole = std::get_if<std::int64_t>(&wanted);
  const auto *real = std::get_if<double>(&stored), *wanted_real = std::get_if<double>(&wanted);
  if (whole != nullptr && wanted_whole != nullptr) return *whole <=> *wanted_whole;
  if (whole != nullptr && wanted_real != nullptr) return order_numbers(*whole, *wanted_real);
  if (real != nullptr && wanted_whole != nullptr) return reversed(order_numbers(*wanted_whole, *real));
  if (real != nullptr && wanted_real != nullptr) return *real <=> *wanted_real;
  return std::partial_ordering::unordered;
}

bool matches(const Filter& filter, const std::string& document_id, const Metadata& metadata) {
  const auto holds = [&](const Filter& f) { return matches(f, document_id, metadata); };
  switch (filter.op) {
    case Filter::Op::kAll: return true;
    case Filter::Op::kAnd: return std::all_of(filter.children.begin(), filter.children.end(), holds);
    case Filter::Op::kOr: return std::any_of(filter.children.begin(), filter.children.end(), holds);
    case Filter::Op::kNot: return !holds(filter.children.at(0));
    default: return condition_holds(filter, value_of(filter.key, document_id, metadata));
  }
}

}  // namespace rappel
