// The one table of document fields. Schema, filters, checksums, derived ids, JSON in both directions, filter
// arguments and the check of the OpenAPI documents follow it. docs/recipes.md lists what a new field needs.
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
  int since;                                       // the version of the store's format that it came with
  const char* second_column = nullptr;             // dates: where the second is stored; null otherwise
  std::span<const std::string_view> choices = {};  // kChoice
  const char* help;

  // Checksums and derived ids count these fields even if they are absent. They count a later field only where
  // it is present, so a new field changes neither.
  bool in_first_format() const { return since == 1; }
};

// In the order of answers, checksums and derived ids: a new field may stand anywhere, the others keep their
// order. Every field can be filtered on.
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
