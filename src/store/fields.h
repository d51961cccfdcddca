// The one table of document fields. Schema, filters, checksums, JSON in both directions, filter arguments and
// the check of the OpenAPI documents follow it, so a new field is a member of Metadata, a line here and a
// migration.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

enum class FieldType { kText, kChoice, kDate, kInteger };

struct DocumentField {
  using Member = std::variant<std::optional<std::string> Metadata::*, std::optional<Timestamp> Metadata::*,
                              std::optional<std::int64_t> Metadata::*>;
  const char* name;  // member in JSON, filter key and column
  FieldType type;
  Member member;
  const char* second_column;                  // dates: where the second is stored; null otherwise
  std::span<const std::string_view> choices;  // kChoice
  const char* help;
};

// In the order of answers. Every field can be filtered on.
std::span<const DocumentField> document_fields();
// Null for a custom key.
const DocumentField* find_field(std::string_view name);

// The key of a document's id in filters and answers; no field of Metadata.
constexpr std::string_view kDocumentIdKey = "document_id";

std::optional<MetadataValue> field_value(const DocumentField& field, const Metadata& metadata);
// kInvalidArgument: a value of another type, an unknown choice. Text is taken for a date.
Status set_field(const DocumentField& field, MetadataValue value, Metadata& metadata);
// The value of a filter or a document as the field's type.
Result<MetadataValue> typed_value(const DocumentField& field, MetadataValue value);

}  // namespace rappel
