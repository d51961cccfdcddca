#include "cli/filter_args.h"

#include <utility>
#include <vector>

#include "codec/json.h"
#include "store/fields.h"
#include "store/filter_json.h"

namespace rappel {
namespace {

Result<Filter> condition(const std::string& key, const std::string& value) {
  const DocumentField* const field = find_field(key);
  const auto json = parse_json(value);
  const bool literal = json.ok() && (json->is_number() || json->is_boolean());
  if (field != nullptr && field->type == FieldType::kInteger && literal) return read_condition(key, *json);
  const bool custom = field == nullptr && key != kDocumentIdKey && key != "start_date" && key != "end_date";
  return read_condition(key, custom && literal ? Json::array({*json, value}) : Json(value));
}

}  // namespace

Result<Filter> parse_filter(std::span<const std::string> texts) {
  std::vector<Filter> conditions;
  for (const std::string& text : texts) {
    if (text.starts_with('{')) {
      auto object = parse_json(text);
      auto filter = object.ok() ? read_filter(*object) : Result<Filter>(object.status());
      if (!filter.ok()) return filter.status().with_context("--filter");
      conditions.push_back(std::move(filter).value());
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return Status(Code::kInvalidArgument, "--filter " + text +
                                                ": expected key=value (source=file, author=Ann) or a JSON "
                                                "object ({\"created_at\":{\"gte\":\"2026-01-01\"}})");
    RAPPEL_ASSIGN(Filter filter, condition(text.substr(0, equals), text.substr(equals + 1)));
    conditions.push_back(std::move(filter));
  }
  return Filter::both_of(std::move(conditions));
}

}  // namespace rappel
