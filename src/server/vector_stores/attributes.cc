#include "server/vector_stores/attributes.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "server/http/json_writer.h"
#include "server/input/validation.h"
#include "store/custom_metadata.h"
#include "store/fields.h"

namespace rappel {
namespace {

constexpr std::size_t kMostKeys = 16, kMostKeyChars = 64, kMostTextChars = 512;

MetadataValue number_value(const JsonInteger& integer) {
  std::int64_t whole = 0;
  const char* const end = integer.digits.data() + integer.digits.size();
  const auto read = std::from_chars(integer.digits.data(), end, whole);
  return read.ec == std::errc() && read.ptr == end ? MetadataValue(whole)
                                                   : MetadataValue(number_of({integer.digits}));
}

void write_value(JsonWriter& out, const MetadataValue& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    out.string(*text);
  else if (const auto* date = std::get_if<Timestamp>(&value))
    out.string(date->text);
  else if (const auto* whole = std::get_if<std::int64_t>(&value))
    out.integer(*whole);
  else if (const auto* number = std::get_if<double>(&value))
    out.real(*number);
  else if (const auto* flag = std::get_if<bool>(&value))
    out.boolean(*flag);
  else
    out.null();
}

// The fault of one attribute; empty: none.
std::string fault_of(std::string_view key, const JsonValue& value, const std::optional<MetadataValue>& read) {
  const std::string stored = metadata_key(key);
  if (key.empty() || utf8_count(key) > kMostKeyChars || stored.size() > kMaxCustomKeyBytes)
    return fmt::format("a key must have 1 to {} characters, and at most {} bytes", kMostKeyChars,
                       kMaxCustomKeyBytes - kEscaped.size());
  if (const auto* text = value.as<std::string>(); text != nullptr && utf8_count(*text) > kMostTextChars)
    return fmt::format("a text must have at most {} characters", kMostTextChars);
  if (!read) return "a value must be a string, a finite number or a boolean";
  return {};
}

}  // namespace

std::string metadata_key(std::string_view attribute) {
  const bool is_taken =
      attribute.starts_with(kEscaped) || (!attribute.empty() && !check_custom_key(attribute).ok());
  return is_taken ? std::string(kEscaped) + std::string(attribute) : std::string(attribute);
}

std::optional<MetadataValue> read_attribute_value(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return custom_text(*text);
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<JsonInteger>()) {
    MetadataValue number = number_value(*integer);
    const auto* real = std::get_if<double>(&number);
    return real == nullptr || std::isfinite(*real) ? std::optional(std::move(number)) : std::nullopt;
  }
  if (const auto* number = value.as<JsonFloat>())
    if (const double real = number_of(*number); std::isfinite(real)) return real;
  return std::nullopt;
}

std::variant<Attributes, InputFault> read_attributes(const JsonValue& value, std::string_view param) {
  const std::string name(param);
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) return InputFault{fmt::format("`{}` must be an object", name), name};
  Attributes attributes;
  for (const auto& [key, member] : *object) {
    auto read = read_attribute_value(member);
    if (std::string fault = fault_of(key, member, read); !fault.empty())
      return InputFault{fmt::format("`{}`: {}", name, fault), name};
    attributes.insert_or_assign(key, *std::move(read));
    if (attributes.size() > kMostKeys)
      return InputFault{fmt::format("`{}` must have at most {} keys", name, kMostKeys), name};
  }
  return attributes;
}

CustomMetadata metadata_of(const Attributes& attributes) {
  CustomMetadata metadata;
  for (const auto& [key, value] : attributes) metadata.emplace(metadata_key(key), value);
  return metadata;
}

Attributes attributes_of(const CustomMetadata& metadata) {
  Attributes attributes;
  for (const auto& [key, value] : metadata) {
    if (std::holds_alternative<std::vector<std::string>>(value)) continue;
    const std::string_view bare = key;
    attributes.emplace(bare.starts_with(kEscaped) ? bare.substr(kEscaped.size()) : bare, value);
  }
  return attributes;
}

void write_attributes(JsonWriter& out, const Attributes& attributes) {
  out.begin_object();
  for (const auto& [key, value] : attributes) write_value(out.key(key), value);
  out.end_object();
}

}  // namespace rappel
