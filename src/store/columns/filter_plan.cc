#include "store/columns/filter_plan.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <utility>

#include "store/filter_tree.h"

namespace rappel {
namespace {

using Op = Filter::Op;
using Bits = std::span<std::uint64_t>;

bool is_number(const MetadataValue& value) {
  const auto* real = std::get_if<double>(&value);
  return std::holds_alternative<std::int64_t>(value) || (real != nullptr && !std::isnan(*real));
}

void mark_slots(std::span<const DocumentSlot> slots, Bits bits) {
  for (const DocumentSlot slot : slots) set_bit(bits, slot);
}

// Marks the documents whose value is in that order to a wanted one; order(value) is ascending.
template <class T, class Order>
void mark_order(Op op, const typename OrderedValues<T>::Column& column, const Order& order, Bits bits) {
  const auto count = [&](const auto& holds) {
    const auto end = std::partition_point(column.values.begin(), column.values.end(),
                                          [&](const T& value) { return holds(order(value)); });
    return static_cast<std::size_t>(end - column.values.begin());
  };
  const std::size_t below = count([](std::partial_ordering o) { return o < 0; });
  const std::size_t up_to = count([](std::partial_ordering o) { return o <= 0; });
  switch (op) {
    case Op::kLess: return mark_slots(column.slots.first(below), bits);
    case Op::kLessOrEqual: return mark_slots(column.slots.first(up_to), bits);
    case Op::kGreater: return mark_slots(column.slots.subspan(up_to), bits);
    case Op::kGreaterOrEqual: return mark_slots(column.slots.subspan(below), bits);
    default: return mark_slots(column.slots.subspan(below, up_to - below), bits);
  }
}

void mark_numbers(Op op, std::uint64_t key, const MetadataValue& wanted, const ColumnBlock& block,
                  Bits bits) {
  const auto order = [&](auto value) { return order_values(MetadataValue(value), wanted); };
  mark_order<std::int64_t>(op, block.wholes.column(key), order, bits);
  mark_order<double>(op, block.reals.column(key), order, bits);
}

void mark_bound(Op op, std::uint64_t key, const MetadataValue& wanted, const ColumnBlock& block, Bits bits) {
  if (const auto* date = std::get_if<Timestamp>(&wanted)) {
    const auto order = [&](std::int64_t second) -> std::partial_ordering { return second <=> date->second; };
    mark_order<std::int64_t>(op, block.seconds.column(key), order, bits);
  } else if (is_number(wanted)) {
    mark_numbers(op, key, wanted, block, bits);
  }
}

}  // namespace

FilterPlan::FilterPlan(const Filter& filter, ColumnTerms terms)
    : terms_(std::move(terms)), root_(plan(filter)) {}

FilterPlan::Condition FilterPlan::plan(const Filter& filter) {
  Condition condition{.op = filter.op};
  for (const Filter& child : filter.children) condition.children.push_back(plan(child));
  if (is_group(filter)) return condition;
  const std::uint64_t key = terms_.key(filter.key);
  condition.key = key;
  condition.has = terms_.has(key);
  if (filter.op == Op::kIn || filter.op == Op::kNotEquals) {
    for (const MetadataValue& wanted : filter.values) {
      if (const auto* text = std::get_if<std::string>(&wanted)) {
        condition.terms.push_back(terms_.text(key, *text));
      } else if (const auto* date = std::get_if<Timestamp>(&wanted)) {
        condition.terms.push_back(terms_.text(key, date->text));
      } else if (const auto* flag = std::get_if<bool>(&wanted)) {
        condition.terms.push_back(terms_.flag(key, *flag));
      } else if (is_number(wanted)) {
        condition.numbers.push_back(&wanted);
      }
    }
  } else if (filter.op == Op::kPrefix || filter.op == Op::kContains) {
    condition.part = text_of(filter.values.at(0));
    condition.items = terms_.items(key);
    if (filter.op == Op::kContains && condition.part != nullptr)  // a list has the whole text
      condition.terms.push_back(terms_.text(key, *condition.part));
  } else if (filter.op != Op::kExists && filter.op != Op::kMissing) {
    condition.bound = &filter.values.at(0);
  }
  std::ranges::sort(condition.terms);  // as the terms of a block, so that looking them up runs through memory
  return condition;
}

void FilterPlan::mark_part(const Condition& condition, const ColumnBlock& block, Bits bits) {
  if (condition.op == Op::kContains) return block.texts.mark_part(condition.key, *condition.part, bits);
  for (const std::uint64_t key : {condition.key, condition.items})
    block.texts.mark_prefix(key, *condition.part, bits);
}

// The documents that have one of the wanted values, the wanted order, part of a text, or the key.
void FilterPlan::mark(const Condition& condition, const ColumnBlock& block, Bits bits) {
  if (condition.op == Op::kExists || condition.op == Op::kMissing)
    return block.terms.mark(condition.has, bits);
  if (condition.bound != nullptr)
    return mark_bound(condition.op, condition.key, *condition.bound, block, bits);
  if (condition.part != nullptr) mark_part(condition, block, bits);
  for (const std::uint64_t term : condition.terms) block.terms.mark(term, bits);
  for (const MetadataValue* const number : condition.numbers)
    mark_numbers(Op::kIn, condition.key, *number, block, bits);
}

void FilterPlan::narrow(const ColumnBlock& block, Bits bits) const { narrow(root_, block, bits); }

void FilterPlan::narrow(const Condition& condition, const ColumnBlock& block, Bits bits) {
  if (condition.op == Op::kAll) return;
  if (condition.op == Op::kAnd) {
    for (const Condition& child : condition.children) narrow(child, block, bits);
    return;
  }
  std::vector<std::uint64_t> found(bits.size());
  if (condition.op == Op::kOr || condition.op == Op::kNot) {
    for (const Condition& child : condition.children) {
      std::vector<std::uint64_t> of_child(bits.begin(), bits.end());
      narrow(child, block, of_child);
      for (std::size_t i = 0; i < bits.size(); ++i) found[i] |= of_child[i];
    }
  } else {
    mark(condition, block, found);
  }
  const bool without =
      condition.op == Op::kNot || condition.op == Op::kMissing || condition.op == Op::kNotEquals;
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] &= without ? ~found[i] : found[i];
}

}  // namespace rappel
