// JSON values: the only adapter of nlohmann-json (ordered: members keep their order in the text).
//
// Json::parse and at() throw; outside this adapter use the functions below, which return a Result. Large
// files of which few fields are needed are read with simdjson (text/).
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

using Json = nlohmann::ordered_json;

// Parses one JSON text (RFC 8259, UTF-8, nothing after it). kInvalidArgument, with the byte offset in the
// message, if it is malformed, nested deeper than max_depth, or has an object of over 16384 members.
Result<Json> parse_json(std::string_view text, int max_depth = 64);

// Compact, UTF-8 unescaped; bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const Json& value);

// Typed members of an object; kInvalidArgument names a member that is missing or has another type.
Result<std::string> json_string(const Json& object, const char* key);
Result<long long> json_integer(const Json& object, const char* key);
Result<double> json_number(const Json& object, const char* key);  // integers too

}  // namespace rappel
