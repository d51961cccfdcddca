#include "store/metadata_json.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "store/custom_metadata.h"
#include "store/fields.h"

namespace rappel {
namespace {

Status wrong_shape(const std::string& why) { return Status(Code::kInvalidArgument, why); }

Result<MetadataValue> read_list(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& item : list) {
    if (!item.is_string()) return wrong_shape("a list holds strings only");
    texts.push_back(item.get<std::string>());
  }
  return MetadataValue(std::move(texts));
}

Result<MetadataValue> read_field_value(const DocumentField& field, const Json& value) {
  const bool text = field.type == FieldType::kText || field.type == FieldType::kDate;
  if (text && value.is_number()) return typed_value(field, dump_json(value));
  if (value.is_structured() || value.is_boolean())
    return wrong_shape(std::string(field.name) + ": expected a " +
                       (field.type == FieldType::kInteger ? "whole number" : "string"));
  auto plain = read_plain_value(value);
  if (!plain.ok()) return plain.status().with_context(field.name);
  return typed_value(field, std::move(plain).value());
}

}  // namespace

Json value_json(const MetadataValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, Timestamp>)
          return v.text;
        else
          return v;
      },
      value);
}

Json metadata_json(const Metadata& metadata, const std::string* document_id) {
  Json out = Json::object();
  for (const DocumentField& field : document_fields()) {
    const auto value = field_value(field, metadata);
    out[field.name] = value ? value_json(*value) : Json(nullptr);
  }
  if (document_id != nullptr) out[std::string(kDocumentIdKey)] = *document_id;
  for (const auto& [key, value] : metadata.custom) out[key] = value_json(value);
  return out;
}

Result<MetadataValue> read_plain_value(const Json& value) {
  if (value.is_string()) return custom_text(value.get<std::string>());
  if (value.is_boolean()) return MetadataValue(value.get<bool>());
  if (value.is_number_unsigned()) {
    if (value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
      return wrong_shape("a whole number beyond 64 bits; give it as a string");
    return MetadataValue(value.get<std::int64_t>());
  }
  if (value.is_number_integer()) return MetadataValue(value.get<std::int64_t>());
  if (value.is_number_float()) {
    if (!std::isfinite(value.get<double>())) return wrong_shape("a number that is out of range");
    return MetadataValue(value.get<double>());
  }
  if (value.is_array()) return read_list(value);
  return wrong_shape("expected a string, a number, a boolean, a date or a list of strings");
}

Status read_member(std::string_view key, const Json& value, Metadata& metadata) {
  if (value.is_null()) return {};
  if (const DocumentField* const field = find_field(key)) {
    RAPPEL_ASSIGN(MetadataValue typed, read_field_value(*field, value));
    return set_field(*field, std::move(typed), metadata);
  }
  RAPPEL_TRY(check_custom_key(key));
  auto plain = read_plain_value(value);
  if (!plain.ok()) return plain.status().with_context(fmt::format("metadata key \"{}\"", key));
  metadata.custom.insert_or_assign(std::string(key), std::move(plain).value());
  return {};
}

Result<Metadata> read_metadata(const Json& object) {
  if (!object.is_object()) return wrong_shape("metadata is a JSON object");
  Metadata metadata;
  for (const auto& [key, value] : object.items()) RAPPEL_TRY(read_member(key, value, metadata));
  RAPPEL_TRY(check_custom(metadata.custom));
  return metadata;
}

std::string custom_text_of(const CustomMetadata& custom) {
  Json out = Json::object();
  for (const auto& [key, value] : custom) out[key] = value_json(value);
  return dump_json(out);
}

Result<CustomMetadata> parse_custom(std::string_view text) {
  RAPPEL_ASSIGN(const Json object, parse_json(text));
  CustomMetadata custom;
  if (!object.is_object()) return wrong_shape("custom metadata is not an object");
  for (const auto& [key, value] : object.items()) {
    RAPPEL_ASSIGN(MetadataValue plain, read_plain_value(value));
    custom.emplace_hint(custom.end(), key, std::move(plain));
  }
  return custom;
}

}  // namespace rappel
