#include "store/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace rappel {
namespace {

constexpr std::string_view kSources[] = {"email", "file", "chat"};

constexpr DocumentField kFields[] = {
    {.name = "source",
     .type = FieldType::kChoice,
     .member = &Metadata::source,
     .since = 1,
     .choices = kSources,
     .help = "where the document comes from"},
    {.name = "source_id",
     .type = FieldType::kText,
     .member = &Metadata::source_id,
     .since = 1,
     .help = "its id or path there"},
    {.name = "url", .type = FieldType::kText, .member = &Metadata::url, .since = 1, .help = "its address"},
    {.name = "created_at",
     .type = FieldType::kDate,
     .member = &Metadata::created_at,
     .since = 1,
     .second_column = "created_second",
     .help = "its date, ISO 8601"},
    {.name = "author",
     .type = FieldType::kText,
     .member = &Metadata::author,
     .since = 1,
     .help = "who wrote it"},
    {.name = "filename",
     .type = FieldType::kText,
     .member = &Metadata::filename,
     .since = 1,
     .help = "the name of its file"},
    {.name = "filesize",
     .type = FieldType::kInteger,
     .member = &Metadata::filesize,
     .since = 1,
     .help = "the size of its file in bytes"},
};

Status wrong_type(const DocumentField& field, const char* expected) {
  return Status(Code::kInvalidArgument, fmt::format("{}: expected {}", field.name, expected));
}

Result<MetadataValue> typed_choice(const DocumentField& field, std::string text) {
  if (std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end())
    return MetadataValue(std::move(text));
  std::string names;
  for (const std::string_view choice : field.choices)
    names += (names.empty() ? "" : choice == field.choices.back() ? " or " : ", ") + std::string(choice);
  return Status(Code::kInvalidArgument, fmt::format("{}: expected {}, not '{}'", field.name, names, text));
}

Result<MetadataValue> typed_date(const DocumentField& field, MetadataValue value) {
  if (std::holds_alternative<Timestamp>(value)) return value;
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_type(field, "a date such as 2024-05-06");
  auto date = Timestamp::parse(std::move(*text));
  if (!date.ok()) return date.status().with_context(field.name);
  return MetadataValue(std::move(date).value());
}

}  // namespace

std::span<const DocumentField> document_fields() { return kFields; }

const DocumentField* find_field(std::string_view name) {
  const auto* const field = std::find_if(std::begin(kFields), std::end(kFields),
                                         [&](const DocumentField& f) { return name == f.name; });
  return field == std::end(kFields) ? nullptr : field;
}

std::optional<MetadataValue> field_value(const DocumentField& field, const Metadata& metadata) {
  return std::visit(
      [&](auto member) -> std::optional<MetadataValue> {
        const auto& value = metadata.*member;
        if (!value) return std::nullopt;
        return MetadataValue(*value);
      },
      field.member);
}

Result<MetadataValue> typed_value(const DocumentField& field, MetadataValue value) {
  if (field.type == FieldType::kDate) return typed_date(field, std::move(value));
  if (field.type == FieldType::kInteger) {
    if (!std::holds_alternative<std::int64_t>(value)) return wrong_type(field, "a whole number");
    return value;
  }
  if (auto* date = std::get_if<Timestamp>(&value)) value = std::string(std::move(date->text));
  auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_type(field, "a string");
  if (field.type == FieldType::kChoice) return typed_choice(field, std::move(*text));
  return value;
}

Status set_field(const DocumentField& field, MetadataValue value, Metadata& metadata) {
  RAPPEL_ASSIGN(MetadataValue typed, typed_value(field, std::move(value)));
  std::visit(
      [&](auto member) {
        using Value = typename std::remove_reference_t<decltype(metadata.*member)>::value_type;
        metadata.*member = std::get<Value>(std::move(typed));
      },
      field.member);
  return {};
}

}  // namespace rappel
