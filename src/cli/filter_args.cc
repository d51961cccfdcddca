#include "cli/filter_args.h"

#include <utility>

#include "base/timestamp.h"
#include "codec/json.h"

namespace rappel {
namespace {

Result<Filter> condition(const std::string& field, const std::string& value) {
  if (field == "document_id") return Filter::equals(FilterField::kDocumentId, value);
  if (field == "source_id") return Filter::equals(FilterField::kSourceId, value);
  if (field == "author") return Filter::equals(FilterField::kAuthor, value);
  if (field == "source") {
    if (value == "email" || value == "file" || value == "chat")
      return Filter::equals(FilterField::kSource, value);
    return Status(Code::kInvalidArgument, "filter source=" + value + ": expected email, file or chat");
  }
  if (field == "start_date" || field == "end_date") {
    const auto seconds = parse_timestamp(value);
    if (!seconds.ok()) return seconds.status().with_context("filter " + field);
    return field == "start_date" ? Filter::created_at_or_after(*seconds)
                                 : Filter::created_at_or_before(*seconds);
  }
  return Status(Code::kInvalidArgument,
                "filter '" + field +
                    "': no such field; there are document_id, source, source_id, author, "
                    "start_date, end_date");
}

Status add_object(const std::string& text, std::vector<Filter>& conditions) {
  RAPPEL_ASSIGN(const Json object, parse_json(text));
  for (const auto& [field, value] : object.items()) {
    if (value.is_null()) continue;
    if (!value.is_string()) return Status(Code::kInvalidArgument, "filter " + field + ": expected a string");
    RAPPEL_ASSIGN(Filter filter, condition(field, value.get<std::string>()));
    conditions.push_back(std::move(filter));
  }
  return {};
}

}  // namespace

Result<Filter> parse_filter(std::span<const std::string> texts) {
  std::vector<Filter> conditions;
  for (const std::string& text : texts) {
    if (text.starts_with('{')) {
      if (const Status status = add_object(text, conditions); !status.ok())
        return status.with_context("--filter");
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return Status(Code::kInvalidArgument, "--filter " + text + ": expected field=value or a JSON object");
    RAPPEL_ASSIGN(Filter filter, condition(text.substr(0, equals), text.substr(equals + 1)));
    conditions.push_back(std::move(filter));
  }
  return Filter::both_of(std::move(conditions));
}

}  // namespace rappel
