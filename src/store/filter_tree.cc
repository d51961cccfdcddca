#include "store/filter_tree.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace rappel {
namespace {

bool is_prefix(std::string_view text, std::string_view wanted) { return text.starts_with(wanted); }
bool is_part(std::string_view text, std::string_view wanted) {
  return text.find(wanted) != std::string_view::npos;
}

// `of_text` is asked of a text, `of_item` of each item of a list.
template <class OfText, class OfItem>
bool has_text(const MetadataValue& stored, const MetadataValue& wanted, const OfText& of_text,
              const OfItem& of_item) {
  const std::string* const part = text_of(wanted);
  if (part == nullptr) return false;
  if (const auto* list = std::get_if<std::vector<std::string>>(&stored))
    return std::any_of(list->begin(), list->end(),
                       [&](const std::string& item) { return of_item(std::string_view(item), *part); });
  const std::string* const text = text_of(stored);
  return text != nullptr && of_text(*text, *part);
}

}  // namespace

bool is_group(const Filter& filter) {
  return filter.op == Filter::Op::kAll || filter.op == Filter::Op::kAnd || filter.op == Filter::Op::kOr ||
         filter.op == Filter::Op::kNot;
}

bool is_empty(const Filter& filter) {
  if (filter.op == Filter::Op::kAll) return true;
  return filter.op == Filter::Op::kAnd && std::ranges::all_of(filter.children, is_empty);
}

bool condition_holds(const Filter& condition, const std::optional<MetadataValue>& stored) {
  if (!stored) return condition.op == Filter::Op::kMissing || condition.op == Filter::Op::kNotEquals;
  const auto equals_one = [&] {
    return std::any_of(condition.values.begin(), condition.values.end(),
                       [&](const MetadataValue& wanted) { return equal_values(*stored, wanted); });
  };
  switch (condition.op) {
    case Filter::Op::kIn: return equals_one();
    case Filter::Op::kNotEquals: return !equals_one();
    case Filter::Op::kPrefix: return has_text(*stored, condition.values.at(0), is_prefix, is_prefix);
    case Filter::Op::kContains: return has_text(*stored, condition.values.at(0), is_part, std::equal_to<>());
    case Filter::Op::kLess: return order_values(*stored, condition.values.at(0)) < 0;
    case Filter::Op::kLessOrEqual: return order_values(*stored, condition.values.at(0)) <= 0;
    case Filter::Op::kGreater: return order_values(*stored, condition.values.at(0)) > 0;
    case Filter::Op::kGreaterOrEqual: return order_values(*stored, condition.values.at(0)) >= 0;
    case Filter::Op::kExists: return true;
    default: return false;
  }
}

const std::string* text_of(const MetadataValue& value) {
  if (const auto* date = std::get_if<Timestamp>(&value)) return &date->text;
  return std::get_if<std::string>(&value);
}

}  // namespace rappel
