#include "server/input/json_text.h"

#include "server/http/json_writer.h"

namespace rappel {

// As deep as JsonBounds allowed when the value was read.
void write_json(JsonWriter& out, const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) {
    out.string(*text);
  } else if (const auto* flag = value.as<bool>()) {
    out.boolean(*flag);
  } else if (const auto* whole = value.as<JsonInteger>()) {
    out.raw(whole->digits);
  } else if (const auto* number = value.as<JsonFloat>()) {
    out.raw(number->digits);
  } else if (const auto* items = value.as<JsonArray>()) {
    out.begin_array();
    for (const JsonValue& item : *items) write_json(out, item);
    out.end_array();
  } else if (const auto* object = value.as<JsonObject>()) {
    out.begin_object();
    for (const auto& [name, member] : *object) write_json(out.key(name), member);
    out.end_object();
  } else {
    out.null();
  }
}

std::string json_text(const JsonValue& value) {
  JsonWriter out;
  write_json(out, value);
  return out.take();
}

}  // namespace rappel
