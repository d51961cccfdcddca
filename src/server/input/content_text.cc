#include "server/input/content_text.h"

namespace rappel {

std::optional<std::string> content_text(const JsonObject& object) {
  const JsonValue* content = find_member(object, "content");
  const auto* parts = content ? content->as<JsonArray>() : nullptr;
  if (!parts) return std::nullopt;
  std::string text;
  for (const JsonValue& part : *parts) {
    const auto* members = part.as<JsonObject>();
    const JsonValue* member = members ? find_member(*members, "text") : nullptr;
    const auto* words = member ? member->as<std::string>() : nullptr;
    if (!words) return std::nullopt;
    text += (text.empty() ? "" : "\n") + *words;
  }
  return text;
}

}  // namespace rappel
