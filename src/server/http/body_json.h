// Body JSON: parses the JSON text of a request. Error messages have the wording and positions of Python's
// json module, which are part of the contract (docs/http-api.md, Errors): "Expecting value: line 1 column 12
// (char 11)". Numbers keep their digits, because a number in a text field becomes that text ("id": 12 ->
// "12").
//
// Differences from Python follow RFC 8259: NaN and Infinity are errors, a lone surrogate escape (\ud800) is
// an error, and depth and number of values are bounded (JsonBounds). The last of several equal members wins
// (JsonValue::find).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_budget.h"

namespace rappel {

struct JsonValue;

struct JsonInteger {
  std::string digits;
};  // "-12"
struct JsonFloat {
  std::string digits;
};  // "2.70", "1e5"
using JsonArray = std::vector<JsonValue>;
using JsonObject = std::vector<std::pair<std::string, JsonValue>>;

struct JsonValue {
  std::variant<std::nullptr_t, bool, JsonInteger, JsonFloat, std::string, JsonArray, JsonObject> value =
      nullptr;

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

// The last member of that name, or null.
const JsonValue* find_member(const JsonObject& object, std::string_view name);

struct JsonBounds {
  int depth = 64;
  std::size_t values = 1'000'000;
  // Counts the memory of the values, kJsonValueBytes each, because two bytes of text may be a value; the
  // caller keeps the hold for as long as the values live. Null: not counted.
  ByteHold* memory = nullptr;
};
inline constexpr std::size_t kJsonValueBytes = 64;

struct JsonFault {
  enum class Kind {
    kMalformed,   // message, position, line and column say what and where
    kNotText,     // not UTF-8
    kTooComplex,  // beyond the bounds; message says which
    kNoMemory,    // JsonBounds::memory has no room for the values
  };
  Kind kind = Kind::kMalformed;
  std::string message;       // "Expecting value"
  std::size_t position = 0;  // in code points, from 0
  std::size_t line = 1;
  std::size_t column = 1;  // in code points, from 1

  std::string full_message() const;  // "Expecting value: line 1 column 12 (char 11)"
};

// A leading byte order mark is dropped, and not counted.
std::variant<JsonValue, JsonFault> read_body_json(std::string_view text, JsonBounds bounds = {});

}  // namespace rappel
