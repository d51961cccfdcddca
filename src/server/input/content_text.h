// The text of an object that has its content in parts, as clients of Cohere and vLLM send it:
// {"content": [{"type": "text", "text": "hot"}, {"type": "text", "text": "water"}]} -> "hot\nwater".
#pragma once

#include <optional>
#include <string>

#include "server/http/body_json.h"

namespace rappel {

// Nothing if the object has no such content, or a part without text.
std::optional<std::string> content_text(const JsonObject& object);

}  // namespace rappel
