#include "store/removal.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "store/fields.h"
#include "store/filter_tree.h"

namespace rappel {
namespace {

using Stored = std::optional<MetadataValue>;                    // none: the document lacks the key
using Candidates = std::map<std::string, std::vector<Stored>>;  // by key
using Op = Filter::Op;

constexpr std::size_t kMostComparisons = 2'000'000;

void collect(const Filter& filter, std::map<std::string, std::vector<MetadataValue>>& values) {
  if (!is_group(filter)) {
    auto& of_key = values[filter.key];
    of_key.insert(of_key.end(), filter.values.begin(), filter.values.end());
  }
  for (const Filter& child : filter.children) collect(child, values);
}

std::vector<std::string> texts_in(const std::vector<MetadataValue>& values) {
  std::vector<std::string> texts;
  for (const MetadataValue& value : values) {
    if (const auto* text = std::get_if<std::string>(&value)) texts.push_back(*text);
    if (const auto* date = std::get_if<Timestamp>(&value)) texts.push_back(date->text);
  }
  return texts;
}

// The wanted texts, all of them in one, and one that no filter has.
void add_texts(const std::vector<MetadataValue>& values, std::vector<Stored>& candidates) {
  candidates.emplace_back(std::string("\x01"));
  std::string all;
  for (std::string& text : texts_in(values)) {
    all += text;
    candidates.emplace_back(std::move(text));
  }
  candidates.emplace_back(std::move(all));
}

// Dates that have the text in them.
void add_dates_with(std::string_view text, std::vector<Stored>& candidates) {
  constexpr std::string_view kDate = "2000-01-01T00:00:00Z";
  for (std::size_t at = 0; at + text.size() <= kDate.size(); ++at) {
    std::string date(kDate);
    date.replace(at, text.size(), text);
    if (auto parsed = Timestamp::parse(std::move(date)); parsed.ok())
      candidates.emplace_back(std::move(parsed).value());
  }
}

// The wanted dates, as they are written, and those of a second before and after.
void add_dates(const std::vector<MetadataValue>& values, std::vector<Stored>& candidates) {
  static const std::int64_t kFirst = *parse_timestamp("0001-01-01"),
                            kLast = *parse_timestamp("9999-12-31T23:59:59Z");
  const auto add_second = [&](std::int64_t second) {
    const std::chrono::sys_seconds time{std::chrono::seconds(std::clamp(second, kFirst, kLast))};
    candidates.emplace_back(*Timestamp::parse(format_timestamp_utc(time)));
  };
  add_second(0);
  for (const std::string& text : texts_in(values)) {
    if (auto date = Timestamp::parse(text); date.ok()) candidates.emplace_back(std::move(date).value());
    add_dates_with(text, candidates);
  }
  for (const MetadataValue& value : values)
    if (const auto* date = std::get_if<Timestamp>(&value))
      for (const std::int64_t second : {date->second - 1, date->second, date->second + 1}) add_second(second);
}

void add_numbers(const std::vector<MetadataValue>& values, std::vector<Stored>& candidates) {
  candidates.emplace_back(std::int64_t{0});
  for (const MetadataValue& value : values) {
    std::int64_t middle = 0;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) middle = *whole;
    if (const auto* real = std::get_if<double>(&value); real != nullptr && std::abs(*real) < 9e18)
      middle = static_cast<std::int64_t>(*real);
    candidates.emplace_back(middle);
    if (middle < std::numeric_limits<std::int64_t>::max()) candidates.emplace_back(middle + 1);
    if (middle > std::numeric_limits<std::int64_t>::min()) candidates.emplace_back(middle - 1);
  }
}

// Values that a document may have there. A custom key is absent.
std::vector<Stored> candidates_of(const std::string& key, const std::vector<MetadataValue>& values) {
  std::vector<Stored> candidates;
  if (key == kDocumentIdKey) {
    add_texts(values, candidates);
    std::erase(candidates, Stored(std::string()));
    return candidates;
  }
  candidates.emplace_back(std::nullopt);
  const DocumentField* const field = find_field(key);
  if (field == nullptr) return candidates;
  switch (field->type) {
    case FieldType::kText: add_texts(values, candidates); break;
    case FieldType::kDate: add_dates(values, candidates); break;
    case FieldType::kInteger: add_numbers(values, candidates); break;
    case FieldType::kChoice:
      for (const std::string_view choice : field->choices) candidates.emplace_back(std::string(choice));
  }
  return candidates;
}

// Looks for a document that a filter leaves out: a condition leaves fewer candidates of its key, and of a
// choice between conditions each is tried.
class Search {
 public:
  bool leaves_out(const Filter& filter) {
    std::map<std::string, std::vector<MetadataValue>> values;
    collect(filter, values);
    Candidates candidates;
    for (const auto& [key, of_key] : values) candidates.emplace(key, candidates_of(key, of_key));
    return solve({{&filter, false}}, std::move(candidates));
  }

 private:
  struct Goal {
    const Filter* filter;
    bool holds;  // or must not
  };

  bool solve(std::vector<Goal> goals, Candidates candidates) {
    while (!goals.empty()) {
      const auto [filter, holds] = goals.back();
      goals.pop_back();
      if (!is_group(*filter)) {
        if (!narrow(*filter, holds, candidates.at(filter->key))) return false;
      } else if (filter->op == Op::kNot) {
        goals.push_back({&filter->children.at(0), !holds});
      } else if (holds != (filter->op == Op::kOr)) {  // all children
        for (const Filter& child : filter->children) goals.push_back({&child, holds});
      } else {
        return std::ranges::any_of(filter->children, [&, holds = holds](const Filter& child) {
          std::vector<Goal> with_child = goals;
          with_child.push_back({&child, holds});
          return solve(std::move(with_child), candidates);
        });
      }
    }
    return true;
  }

  bool narrow(const Filter& condition, bool holds, std::vector<Stored>& candidates) {
    comparisons_ += candidates.size() * (1 + condition.values.size());
    if (comparisons_ > kMostComparisons) return false;
    std::erase_if(candidates,
                  [&](const Stored& stored) { return condition_holds(condition, stored) != holds; });
    return !candidates.empty();
  }

  std::size_t comparisons_ = 0;
};

}  // namespace

bool leaves_nothing_out(const Filter& filter) { return !Search().leaves_out(filter); }

Status check_removal(const Filter& filter) {
  RAPPEL_TRY(check_filter(filter));
  if (filter.selects_by_absence())
    return Status(
        Code::kInvalidArgument,
        "exists: false, ne, nin and not on a metadata key cannot select what is removed, because a misspelt "
        "key would select everything; list these documents and remove them by id");
  if (leaves_nothing_out(filter)) return Status(Code::kInvalidArgument, kLeavesNothingOut);
  return {};
}

}  // namespace rappel
