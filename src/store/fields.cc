#include "store/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace rappel {
namespace {

constexpr std::string_view kSources[] = {"email", "file", "chat"};

constexpr DocumentField kFields[] = {
    {"source", FieldType::kChoice, &Metadata::source, nullptr, kSources, "where the document comes from"},
    {"source_id", FieldType::kText, &Metadata::source_id, nullptr, {}, "its id or path there"},
    {"url", FieldType::kText, &Metadata::url, nullptr, {}, "its address"},
    {"created_at", FieldType::kDate, &Metadata::created_at, "created_second", {}, "its date, ISO 8601"},
    {"author", FieldType::kText, &Metadata::author, nullptr, {}, "who wrote it"},
    {"filename", FieldType::kText, &Metadata::filename, nullptr, {}, "the name of its file"},
    {"filesize", FieldType::kInteger, &Metadata::filesize, nullptr, {}, "the size of its file in bytes"},
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
  if (text == nullptr) return wrong_type(field, "a date");
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
