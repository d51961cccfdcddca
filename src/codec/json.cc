#include "codec/json.h"

#include <cstdint>
#include <vector>

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

// Json compares each new member with all others.
constexpr std::uint32_t kMostMembers = 16384;
constexpr std::uint32_t kAnyNumber = 0xFFFFFFFF;  // of the values of an array

// The text up to and with its string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at;
}

// Refuses a text that would make the parser slow or its result deep; damage is left to the parser. A callback
// of the parser could do this too, but then each value costs a walk through its neighbours.
Status check_form(std::string_view text, int max_depth) {
  std::vector<std::uint32_t> commas;  // of each open array and object
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '"': at = end_of_string(text, at); break;
      case '[':
      case '{':
        if (static_cast<int>(commas.size()) >= max_depth)
          return {Code::kInvalidArgument,
                  "JSON is nested deeper than " + std::to_string(max_depth) + " levels"};
        commas.push_back(text[at] == '{' ? 0 : kAnyNumber);
        break;
      case ']':
      case '}':
        if (!commas.empty()) commas.pop_back();
        break;
      case ',':
        if (!commas.empty() && commas.back() != kAnyNumber && ++commas.back() >= kMostMembers)
          return {Code::kInvalidArgument,
                  "a JSON object has more than " + std::to_string(kMostMembers) + " members"};
        break;
      default: break;
    }
  }
  return {};
}

}  // namespace

Result<Json> parse_json(std::string_view text, int max_depth) {
  RAPPEL_TRY(check_form(text, max_depth));
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
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
