#include "store/filter.h"

#include <algorithm>

#include "base/timestamp.h"

namespace rappel {
namespace {

bool equals_optional(const std::optional<std::string>& value, const std::string& text) {
  return value.has_value() && *value == text;
}

bool field_equals(const Filter& filter, const std::string& document_id, const Metadata& metadata) {
  switch (filter.field) {
    case FilterField::kDocumentId: return document_id == filter.text;
    case FilterField::kSource: return equals_optional(metadata.source, filter.text);
    case FilterField::kSourceId: return equals_optional(metadata.source_id, filter.text);
    case FilterField::kAuthor: return equals_optional(metadata.author, filter.text);
    case FilterField::kUrl: return equals_optional(metadata.url, filter.text);
    case FilterField::kFilename: return equals_optional(metadata.filename, filter.text);
  }
  return false;
}

std::optional<std::int64_t> created_second(const Metadata& metadata) {
  if (!metadata.created_at) return std::nullopt;
  const auto seconds = parse_timestamp(*metadata.created_at);
  return seconds.ok() ? std::optional(*seconds) : std::nullopt;
}

}  // namespace

Filter Filter::equals(FilterField field, std::string text) {
  Filter filter;
  filter.op = Op::kEquals;
  filter.field = field;
  filter.text = std::move(text);
  return filter;
}

Filter Filter::created_at_or_after(std::int64_t seconds) {
  Filter filter;
  filter.op = Op::kCreatedAtOrAfter;
  filter.seconds = seconds;
  return filter;
}

Filter Filter::created_at_or_before(std::int64_t seconds) {
  Filter filter;
  filter.op = Op::kCreatedAtOrBefore;
  filter.seconds = seconds;
  return filter;
}

Filter Filter::both_of(std::vector<Filter> children) {
  Filter filter;
  filter.op = Op::kAnd;
  filter.children = std::move(children);
  return filter;
}

bool Filter::unrestricted() const {
  return op == Op::kAll || (op == Op::kAnd && std::all_of(children.begin(), children.end(),
                                                          [](const Filter& f) { return f.unrestricted(); }));
}

bool matches(const Filter& filter, const std::string& document_id, const Metadata& metadata) {
  switch (filter.op) {
    case Filter::Op::kAll: return true;
    case Filter::Op::kAnd:
      return std::all_of(filter.children.begin(), filter.children.end(),
                         [&](const Filter& f) { return matches(f, document_id, metadata); });
    case Filter::Op::kEquals: return field_equals(filter, document_id, metadata);
    case Filter::Op::kCreatedAtOrAfter: {
      const auto created = created_second(metadata);
      return created && *created >= filter.seconds;
    }
    case Filter::Op::kCreatedAtOrBefore: {
      const auto created = created_second(metadata);
      return created && *created <= filter.seconds;
    }
  }
  return false;
}

}  // namespace rappel
