// A value of a request as JSON again: numbers keep their digits, objects the order of their members.
#pragma once

#include <string>

#include "server/http/body_json.h"

namespace rappel {

class JsonWriter;

void write_json(JsonWriter& out, const JsonValue& value);
std::string json_text(const JsonValue& value);

}  // namespace rappel
