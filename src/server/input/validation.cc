#include "server/input/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/timestamp.h"
#include "server/http/json_writer.h"

namespace rappel {
namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMinInt = std::numeric_limits<std::int64_t>::min();

void write_path(JsonWriter& out, const FieldPath& path) {
  if (path.parent) write_path(out, *path.parent);
  if (path.name.empty())
    out.integer(static_cast<std::int64_t>(path.index));
  else
    out.string(path.name);
}

bool is_python_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

// int(text) of Python for ASCII digits: spaces around, a sign, single underscores between digits.
std::optional<std::int64_t> python_int(std::string_view text) {
  while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_python_space(text.back())) text.remove_suffix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::int64_t value = 0;  // kept negative: its range is the wider one
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    after_digit = true;
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
        __builtin_sub_overflow(value, std::int64_t{c - '0'}, &value))
      value = kMinInt;
  }
  if (!after_digit) return std::nullopt;
  if (negative) return value;
  return value == kMinInt ? kMaxInt : -value;
}

std::optional<std::int64_t> to_integer(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const double whole = std::trunc(value);
  if (whole >= 9223372036854775808.0) return kMaxInt;
  if (whole < -9223372036854775808.0) return kMinInt;
  return static_cast<std::int64_t>(whole);
}

bool refuse_null(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (value.is_null()) errors.add(path, "none is not an allowed value", "type_error.none.not_allowed");
  return value.is_null();
}

// Whether a decimal number lies between -1 and 1: "0.001", "-1.5e-3", "12e-2".
bool is_below_one(std::string_view digits) {
  const std::size_t e = std::min(digits.find_first_of("eE"), digits.size());
  const std::string_view mantissa = digits.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const std::size_t found = mantissa.find_first_of("123456789");
  if (found == std::string_view::npos) return true;
  const auto first = static_cast<std::int64_t>(found);
  // The power of ten of the first nonzero digit: 0 for units, -1 for tenths.
  const std::int64_t power = first < point ? point - first - 1 : point - first;
  const std::int64_t exponent = e < digits.size() ? python_int(digits.substr(e + 1)).value_or(0) : 0;
  return exponent < -power;
}

}  // namespace

double number_of(const JsonFloat& number) {
  double value = 0;
  const char* end = number.digits.data() + number.digits.size();
  if (std::from_chars(number.digits.data(), end, value).ec == std::errc::result_out_of_range) {
    value = is_below_one(number.digits) ? 0.0 : std::numeric_limits<double>::infinity();
    if (number.digits.front() == '-') value = -value;
  }
  return value;
}

void FieldErrors::add(const FieldPath& path, std::string_view message, std::string_view type,
                      std::string_view context) {
  if (full()) return;
  JsonWriter out;
  out.begin_object().key("loc").begin_array();
  write_path(out, path);
  out.end_array().key("msg").string(message).key("type").string(type);
  if (!context.empty()) out.key("ctx").raw(context);
  items_.push_back(out.end_object().take());
}

void FieldErrors::add_missing(const FieldPath& path) { add(path, "field required", "value_error.missing"); }

void FieldErrors::add_json_fault(const FieldPath& path, const JsonFault& fault) {
  JsonWriter context;
  // "doc" was the whole body, sent back; the member stays for clients that expect it, empty.
  context.begin_object().key("msg").string(fault.message).key("doc").string("");
  context.key("pos").integer(static_cast<std::int64_t>(fault.position));
  context.key("lineno").integer(static_cast<std::int64_t>(fault.line));
  context.key("colno").integer(static_cast<std::int64_t>(fault.column)).end_object();
  add(path, fault.full_message(), "value_error.jsondecode", context.take());
}

std::string FieldErrors::to_json() const {
  JsonWriter out;
  out.begin_object().key("detail").begin_array();
  for (const std::string& item : items_) out.raw(item);
  return out.end_array().end_object().take();
}

std::optional<std::string> read_text(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (refuse_null(value, path, errors)) return std::nullopt;
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* flag = value.as<bool>()) return *flag ? "True" : "False";
  if (const auto* integer = value.as<JsonInteger>()) return integer->digits == "-0" ? "0" : integer->digits;
  if (const auto* number = value.as<JsonFloat>()) return python_float(number_of(*number));
  errors.add(path, "str type expected", "type_error.str");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (refuse_null(value, path, errors)) return std::nullopt;
  std::optional<std::int64_t> integer;
  if (const auto* flag = value.as<bool>()) integer = *flag ? 1 : 0;
  if (const auto* whole = value.as<JsonInteger>()) integer = python_int(whole->digits);
  if (const auto* number = value.as<JsonFloat>()) integer = to_integer(number_of(*number));
  if (const auto* text = value.as<std::string>()) integer = python_int(*text);
  if (!integer) errors.add(path, "value is not a valid integer", "type_error.integer");
  return integer;
}

std::optional<std::int64_t> read_bounded(const JsonValue& value, std::int64_t low, std::int64_t high,
                                         const FieldPath& path, FieldErrors& errors) {
  const auto integer = read_integer(value, path, errors);
  if (!integer || (*integer >= low && *integer <= high)) return integer;
  const bool small = *integer < low;
  const std::int64_t limit = small ? low : high;
  errors.add(path,
             fmt::format("ensure this value is {} than or equal to {}", small ? "greater" : "less", limit),
             small ? "value_error.number.not_ge" : "value_error.number.not_le",
             fmt::format(R"({{"limit_value":{}}})", limit));
  return std::nullopt;
}

std::optional<bool> read_boolean(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (refuse_null(value, path, errors)) return std::nullopt;
  if (const auto* flag = value.as<bool>()) return *flag;
  std::string word;
  if (const auto* text = value.as<std::string>()) word = *text;
  if (const auto* integer = value.as<JsonInteger>()) word = integer->digits == "-0" ? "0" : integer->digits;
  if (const auto* number = value.as<JsonFloat>()) {
    const double d = number_of(*number);
    word = d == 1 ? "1" : d == 0 ? "0" : "";
  }
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* yes : {"1", "on", "t", "true", "y", "yes"})
    if (word == yes) return true;
  for (const char* no : {"0", "off", "f", "false", "n", "no"})
    if (word == no) return false;
  errors.add(path, "value could not be parsed to a boolean", "type_error.bool");
  return std::nullopt;
}

std::optional<std::string> read_choice(const JsonValue& value, std::span<const std::string_view> choices,
                                       const FieldPath& path, FieldErrors& errors) {
  if (refuse_null(value, path, errors)) return std::nullopt;
  const auto* text = value.as<std::string>();
  if (text && std::find(choices.begin(), choices.end(), *text) != choices.end()) return *text;
  std::string permitted;
  JsonWriter context;
  context.begin_object().key("enum_values").begin_array();
  for (const std::string_view choice : choices) {
    permitted += fmt::format("{}'{}'", permitted.empty() ? "" : ", ", choice);
    context.string(choice);
  }
  context.end_array().end_object();
  errors.add(path, "value is not a valid enumeration member; permitted: " + permitted, "type_error.enum",
             context.take());
  return std::nullopt;
}

std::optional<std::string> read_date(const JsonValue& value, const FieldPath& path, FieldErrors& errors,
                                     std::int64_t* seconds) {
  auto text = read_text(value, path, errors);
  if (!text) return std::nullopt;
  const auto parsed = parse_timestamp(*text);
  if (!parsed) {
    errors.add(path, "invalid datetime format: use ISO 8601, such as 2021-01-21 or 2021-01-21T10:00:00Z",
               "value_error.datetime");
    return std::nullopt;
  }
  if (seconds) *seconds = *parsed;
  return text;
}

const JsonArray* read_array(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  if (refuse_null(value, path, errors)) return nullptr;
  const auto* array = value.as<JsonArray>();
  if (!array) errors.add(path, "value is not a valid list", "type_error.list");
  return array;
}

const JsonObject* read_object(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  static const JsonObject kEmpty;
  if (refuse_null(value, path, errors)) return nullptr;
  if (const auto* object = value.as<JsonObject>()) return object;
  const auto* array = value.as<JsonArray>();
  const auto* text = value.as<std::string>();
  if ((array && array->empty()) || (text && text->empty())) return &kEmpty;
  errors.add(path, "value is not a valid dict", "type_error.dict");
  return nullptr;
}

}  // namespace rappel
