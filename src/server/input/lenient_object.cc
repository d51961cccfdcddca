#include "server/input/lenient_object.h"

#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "server/http/headers.h"

namespace rappel {
namespace {

// The digits of a number, also of one in a string; empty for other values.
std::string_view digits_of(const JsonValue& value) {
  if (const auto* whole = value.as<JsonInteger>()) return whole->digits;
  if (const auto* number = value.as<JsonFloat>()) return number->digits;
  if (const auto* text = value.as<std::string>()) return trimmed(*text);
  return {};
}

std::optional<double> finite_number(std::string_view digits) {
  double number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (fault != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

}  // namespace

const JsonValue* LenientObject::find(std::string_view name) const {
  const JsonValue* value = find_member(object_, name);
  return value && !value->is_null() ? value : nullptr;
}

std::optional<bool> LenientObject::boolean(std::string_view name) {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  if (const auto* flag = value->as<bool>()) return *flag;
  if (const auto* text = value->as<std::string>()) {
    if (equal_ignoring_case(*text, "true")) return true;
    if (equal_ignoring_case(*text, "false")) return false;
  }
  refuse(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> LenientObject::integer(std::string_view name) {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  const auto number = finite_number(digits_of(*value));
  // Beyond these a double is not every integer.
  if (number && *number == std::trunc(*number) && std::abs(*number) < 9007199254740992.0)
    return static_cast<std::int64_t>(*number);
  refuse(name, "must be an integer");
  return std::nullopt;
}

std::optional<double> LenientObject::number(std::string_view name) {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  const auto number = finite_number(digits_of(*value));
  if (!number) refuse(name, "must be a number");
  return number;
}

std::optional<std::string> LenientObject::text(std::string_view name) {
  const JsonValue* value = find(name);
  if (!value) return std::nullopt;
  if (const auto* text = value->as<std::string>()) return *text;
  refuse(name, "must be a string");
  return std::nullopt;
}

void LenientObject::refuse(std::string_view name, std::string_view rule) {
  if (fault_) return;
  fault_ = InputFault{"`" + std::string(name) + "` " + std::string(rule), std::string(name)};
}

}  // namespace rappel
