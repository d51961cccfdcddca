// Validation: typed readers of one JSON value each. Conversions, wording and error locations are those of
// pydantic 1.10 (docs/http-api.md, Errors). A reader returns the value, or adds its error and returns
// nothing. A 422 response lists all errors of a request in the order of the fields.
//
//   FieldPath body{nullptr, "body"};
//   if (auto k = read_integer(value, body.member("top_k"), errors)) ...
//
// A FieldPath points at its parent: it lives on the stack for as long as the reading below it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/body_json.h"

namespace rappel {

class JsonWriter;

struct FieldPath {
  const FieldPath* parent = nullptr;
  std::string_view name;  // empty: an index
  std::size_t index = 0;

  FieldPath member(std::string_view child) const { return {this, child, 0}; }
  FieldPath item(std::size_t i) const { return {this, {}, i}; }
};

// The errors that a 422 response lists. At most kMaxErrors are kept: one request may hold a million wrong
// items.
class FieldErrors {
 public:
  static constexpr std::size_t kMaxErrors = 100;

  // `context`: the members of "ctx" as JSON ("{...}"), empty for none.
  void add(const FieldPath& path, std::string_view message, std::string_view type,
           std::string_view context = {});
  void add_missing(const FieldPath& path);
  void add_json_fault(const FieldPath& path, const JsonFault& fault);

  bool empty() const { return items_.empty(); }
  bool full() const { return items_.size() >= kMaxErrors; }
  std::string to_json() const;  // {"detail":[...]}

 private:
  std::vector<std::string> items_;
};

// The nearest double; infinite beyond its range.
double number_of(const JsonFloat& number);

// Text. Numbers and booleans become Python's str() of them.
std::optional<std::string> read_text(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

// Integer. "5", 2.7 (-> 2) and true (-> 1) are accepted; beyond 64 bits the nearest is taken.
std::optional<std::int64_t> read_integer(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

// The same, within [low, high].
std::optional<std::int64_t> read_bounded(const JsonValue& value, std::int64_t low, std::int64_t high,
                                         const FieldPath& path, FieldErrors& errors);

// Boolean. 0, 1, "yes", "off" and similar forms are accepted.
std::optional<bool> read_boolean(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

// One of the choices, as text.
std::optional<std::string> read_choice(const JsonValue& value, std::span<const std::string_view> choices,
                                       const FieldPath& path, FieldErrors& errors);

// Text that parse_timestamp() accepts, unchanged; `seconds` (may be null) gets what it means. The old service
// took the current time for anything it could not read.
std::optional<std::string> read_date(const JsonValue& value, const FieldPath& path, FieldErrors& errors,
                                     std::int64_t* seconds = nullptr);

const JsonArray* read_array(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

// An object; as in pydantic, whatever Python's dict() makes an empty one from ([] and "") counts as {}.
const JsonObject* read_object(const JsonValue& value, const FieldPath& path, FieldErrors& errors);

}  // namespace rappel
