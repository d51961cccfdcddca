#include "codec/json.h"

namespace rappel {
namespace {

// Null if `object` is not an object or has no such member.
const Json* member_of(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

Status no_member(const char* key, const char* type) {
  return {Code::kInvalidArgument, std::string("member \"") + key + "\" is missing or not " + type};
}

}  // namespace

Result<Json> parse_json(std::string_view text, int max_depth) {
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > max_depth;
    return !too_deep;
  };
  // The callback cannot stop the parser; after the first value that is too deep it keeps nothing.
  try {
    Json value = Json::parse(text.begin(), text.end(), limit_depth);
    if (too_deep)
      return Status(Code::kInvalidArgument,
                    "JSON is nested deeper than " + std::to_string(max_depth) + " levels");
    return value;
  } catch (const Json::parse_error& error) {
    if (too_deep)
      return Status(Code::kInvalidArgument,
                    "JSON is nested deeper than " + std::to_string(max_depth) + " levels");
    return Status(Code::kInvalidArgument, "malformed JSON at byte " + std::to_string(error.byte),
                  error.what());
  } catch (const Json::exception& error) {  // a number beyond the range of a double
    return Status(Code::kInvalidArgument, "JSON holds a number that is out of range", error.what());
  }
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> json_string(const Json& object, const char* key) {
  const Json* member = member_of(object, key);
  if (member == nullptr || !member->is_string()) return no_member(key, "a string");
  return member->get<std::string>();
}

Result<long long> json_integer(const Json& object, const char* key) {
  const Json* member = member_of(object, key);
  if (member == nullptr || !member->is_number_integer()) return no_member(key, "an integer");
  return member->get<long long>();
}

Result<double> json_number(const Json& object, const char* key) {
  const Json* member = member_of(object, key);
  if (member == nullptr || !member->is_number()) return no_member(key, "a number");
  return member->get<double>();
}

}  // namespace rappel
