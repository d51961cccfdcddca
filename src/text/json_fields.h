// Typed members of the small parts of a tokenizer.json. A missing or null member takes the default where
// there is one; a member of another type is kCorrupt, named with the component it is in.
#pragma once

#include <string>

#include "codec/json.h"

namespace rappel {

// The member, or null where there is none.
inline const Json& json_member(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

inline Status wrong_field(const std::string& component, const char* key, const char* expected) {
  return {Code::kCorrupt, component + ": \"" + key + "\" must be " + expected};
}

inline Result<bool> bool_field(const Json& object, const std::string& component, const char* key,
                               bool fallback) {
  const Json& value = json_member(object, key);
  if (value.is_null()) return fallback;
  if (!value.is_boolean()) return wrong_field(component, key, "true or false");
  return value.get<bool>();
}

inline Result<std::string> string_field(const Json& object, const std::string& component, const char* key) {
  const Json& value = json_member(object, key);
  if (!value.is_string()) return wrong_field(component, key, "a string");
  return value.get<std::string>();
}

inline Result<long long> integer_field(const Json& object, const std::string& component, const char* key,
                                       long long low, long long high) {
  const Json& value = json_member(object, key);
  const bool in_range = value.is_number_unsigned()
                            ? value.get<unsigned long long>() <= static_cast<unsigned long long>(high)
                            : value.is_number_integer() && value.get<long long>() <= high;
  if (!in_range || value.get<long long>() < low)
    return wrong_field(
        component, key,
        ("a whole number from " + std::to_string(low) + " to " + std::to_string(high)).c_str());
  return value.get<long long>();
}

// The "type" of a component, for messages too.
inline Result<std::string> component_type(const Json& object, const char* what) {
  if (!object.is_object()) return Status(Code::kCorrupt, std::string("\"") + what + "\" must be an object");
  return string_field(object, what, "type");
}

}  // namespace rappel
