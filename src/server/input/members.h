// Members: what an object of a body holds, by name. Missing members are errors in the wording of pydantic
// (validation.h).
#pragma once

#include <cstddef>
#include <string_view>

#include "server/input/validation.h"

namespace rappel {

inline constexpr FieldPath kBodyPath{nullptr, "body", 0};

// The member when it is there and not null: what pydantic calls an optional field.
const JsonValue* given_member(const JsonObject& object, std::string_view name);
// The member, null included; an error when it is missing.
const JsonValue* required_member(const JsonObject& object, std::string_view name, const FieldPath& path,
                                 FieldErrors& errors);
// The array `name` of a body, whose items are read one by one; null when it is missing or wrong.
const JsonArray* required_array(const JsonValue& body, std::string_view name, std::size_t max_items,
                                FieldErrors& errors);

}  // namespace rappel
