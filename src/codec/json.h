// JSON values: the one door to nlohmann-json (ordered: members keep the order in which they were written).
//
// Json::parse and at() throw; outside this adapter use the functions below, which return a Result. Large
// bodies that only need a few fields are read with simdjson where that was measured to matter (text/).
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

using Json = nlohmann::ordered_json;

// Parses one JSON text (RFC 8259, UTF-8, nothing after it). kInvalidArgument with the offset in the message
// when it is malformed or nested deeper than max_depth.
Result<Json> parse_json(std::string_view text, int max_depth = 64);

// Compact, UTF-8 unescaped; bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const Json& value);

// Typed members of an object; kInvalidArgument naming the member when it is missing or of another type.
Result<std::string> json_string(const Json& object, const char* key);
Result<long long> json_integer(const Json& object, const char* key);
Result<double> json_number(const Json& object, const char* key);  // integers too

}  // namespace rappel
